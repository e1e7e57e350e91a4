-- Forget what history holds: each conversation that is still as it was archived, and the entries that asked for it.
-- KEYS: archive stream, counts, then for each conversation its record and its timeline.
-- ARGV: MessagePack, for each of them {revision, {stream id...}, {{channel, messages}...}}; then the ids of other entries.
-- Returns for each 1 if it is gone, 0 if it has changed since: then nothing of it is touched.
local gone = {}
local told = cmsgpack.unpack(ARGV[1])
for place, one in ipairs(told) do
  local record, timeline = KEYS[2 * place + 1], KEYS[2 * place + 2]
  local revision = redis.call('HGET', record, 'r')
  gone[place] = (not revision or revision == one[1]) and 1 or 0
  if revision and gone[place] == 1 then
    redis.call('DEL', record, timeline)
    for _, count in ipairs(one[3]) do redis.call('HINCRBY', KEYS[2], 'archived:' .. count[1], count[2]) end
  end
  if gone[place] == 1 then redis.call('XDEL', KEYS[1], unpack(one[2])) end
end
if #ARGV > 1 then redis.call('XDEL', KEYS[1], unpack(ARGV, 2)) end
return gone
