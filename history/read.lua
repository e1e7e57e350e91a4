-- Read closed conversations, in their order: as many as fit, each with its whole timeline; of the first at least a part.
-- KEYS: counts, then for each conversation its record and its timeline.
-- ARGV: how many bytes fit, and with which of its entries the first begins.
-- Returns since when messages are counted, then for each conversation {revision, record, 1 if it is whole, {entry...}}.
local left, found = tonumber(ARGV[1]), {redis.call('HGET', KEYS[1], 'since')}
for place = 2, #KEYS, 2 do
  local is_first = place == 2
  local start = is_first and tonumber(ARGV[2]) or 0
  local record = redis.call('HMGET', KEYS[place], 'r', 'd')
  local entries, is_full = {}, false
  left = left - #(record[2] or '')
  while not is_full do
    local block = redis.call('LRANGE', KEYS[place + 1], start + #entries, start + #entries + 15)
    if #block == 0 then break end
    for _, entry in ipairs(block) do
      is_full = left <= 0 and not (is_first and #entries == 0)
      if is_full then break end
      entries[#entries + 1] = entry
      left = left - #entry
    end
  end
  if is_full and not is_first then break end
  found[#found + 1] = {record[1], record[2], is_full and 0 or 1, entries}
  if is_full then break end
end
return found
