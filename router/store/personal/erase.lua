-- Erase a person from one partition: records, timelines, queues, timers, and what its streams hold of them; all or none.
-- KEYS: the partition's lease (its prefix names every other key, so all are in its slot by construction).
-- ARGV: MessagePack: ids = customers and conversations, needles = texts by which a dead letter that names nobody is theirs,
--       x = {{suffix, revision}...} of the records that were read, keys = other suffixes, queues = {team...},
--       streams = suffixes, tries = suffixes, messages = replies' ids, counts = {{channel, messages}...} of the
--       timelines, marks = conversations that are counted here, most = how long a stream may be to be written anew.
-- Returns {'ok', suffix of a stream too long...}, or before anything was written {'changed', suffix}.
-- Redis marks what is deleted from a stream, and leaves its bytes among their neighbours': so streams are written anew.
local prefix = string.sub(KEYS[1], 1, -6)
redis.call('EXISTS', KEYS[1], prefix .. 'nowhere')
local told = cmsgpack.unpack(ARGV[1])
local ids = {}
for _, id in ipairs(told.ids) do ids[id] = true end
for _, record in ipairs(told.x) do
  if (redis.call('HGET', prefix .. record[1], 'r') or '0') ~= record[2] then return {'changed', record[1]} end
end

local function place(id)
  local instant, sequence = string.match(id or '', '^(%d+)-(%d+)$')
  return tonumber(instant), tonumber(sequence)
end
local since = redis.call('HGET', prefix .. 'count', 'since')
local function is_counted(id)
  local at, number = place(id)
  local first, nth = place(since)
  return at and first and (at > first or (at == first and number >= nth))
end
local function channel_of(body)
  local is_read, found = pcall(cjson.decode, body or '')
  local message = is_read and type(found) == 'table' and found.message
  local name = type(message) == 'table' and message.channel
  return type(name) == 'string' and name ~= '' and name or 'unknown'
end
local function named_in(text)
  return ids[string.match(text or '', '"conversation":"([^"\\]+)"') or '']
end
local function is_theirs(fields, raw, is_dead)
  if ids[fields.customer or ''] or ids[fields.conversation or ''] or ids[fields.c or ''] then return true end
  if named_in(fields.m) or named_in(fields.timer) then return true end
  -- An errand that somebody runs says in its body whom it is about.
  if fields.errand == 'run' then
    for id in pairs(ids) do
      if string.find(fields.body or '', '"' .. id .. '"', 1, true) then return true end
    end
  end
  if not is_dead or fields.customer or fields.conversation then return false end
  local all = table.concat(raw, '\31')
  for _, needle in ipairs(told.needles) do
    if string.find(all, needle, 1, true) then return true end
  end
  return false
end

local erased, gone, plans, long = {}, {}, {}, {}
for _, id in ipairs(told.messages) do gone[#gone + 1] = id end
for _, suffix in ipairs(told.streams) do
  local name = prefix .. suffix
  if redis.call('TYPE', name).ok == 'stream' then
    local kept, theirs = {}, {}
    for _, entry in ipairs(redis.call('XRANGE', name, '-', '+')) do
      local fields = {}
      for at = 1, #entry[2], 2 do fields[entry[2][at]] = entry[2][at + 1] end
      if is_theirs(fields, entry[2], suffix == 'dead') then
        theirs[#theirs + 1] = entry[1]
        local event = suffix == 'in' and entry[1] or (suffix == 'dead' and fields.event)
        if event and fields.kind == 'message' and is_counted(event) then erased[#erased + 1] = channel_of(fields.body) end
        if fields.m then gone[#gone + 1] = string.match(fields.m, '"id":"([^"\\]+)"') end
        if fields.key then told.keys[#told.keys + 1] = 'res:' .. fields.key end
      else
        kept[#kept + 1] = entry
      end
    end
    if #kept + #theirs > 0 then plans[#plans + 1] = {suffix, kept, theirs} end
  end
end
local timers = {}
for _, timer in ipairs(redis.call('ZRANGE', prefix .. 'tm', 0, -1)) do
  if named_in(timer) then timers[#timers + 1] = timer end
end

-- From here on all is written.
local function write_anew(name, kept)
  local last
  local info = redis.call('XINFO', 'STREAM', name)
  for at = 1, #info, 2 do if info[at] == 'last-generated-id' then last = info[at + 1] end end
  local anew = prefix .. 'nowhere'
  for _, entry in ipairs(kept) do redis.call('XADD', anew, entry[1], unpack(entry[2])) end
  if #kept == 0 and last ~= '0-0' then
    redis.call('XADD', anew, last, 'n', '')
    redis.call('XDEL', anew, last)
  end
  if last == '0-0' then return end
  redis.call('XSETID', anew, last)
  redis.call('RENAME', anew, name)
end
for _, plan in ipairs(plans) do
  local suffix, kept, theirs = plan[1], plan[2], plan[3]
  if #kept <= told.most then
    write_anew(prefix .. suffix, kept)
  else
    for _, id in ipairs(theirs) do redis.call('XDEL', prefix .. suffix, id) end
    long[#long + 1] = suffix
  end
end
for _, record in ipairs(told.x) do redis.call('DEL', prefix .. record[1]) end
for _, suffix in ipairs(told.keys) do redis.call('DEL', prefix .. suffix) end
for _, team in ipairs(told.queues) do
  for id in pairs(ids) do redis.call('ZREM', prefix .. 'q:' .. team, id) end
end
for id in pairs(ids) do redis.call('ZREM', prefix .. 'calls', id) end
for _, timer in ipairs(timers) do redis.call('ZREM', prefix .. 'tm', timer) end
for _, suffix in ipairs(told.tries) do
  for _, id in ipairs(gone) do redis.call('HDEL', prefix .. suffix, id) end
end
for _, name in ipairs(erased) do redis.call('HINCRBY', prefix .. 'count', 'erased:' .. name, 1) end
for _, count in ipairs(told.counts) do
  if count[2] > 0 then redis.call('HINCRBY', prefix .. 'count', 'erased:' .. count[1], count[2]) end
end
-- What is counted here is not counted once more where history holds it too.
for _, id in ipairs(told.marks) do redis.call('HSET', prefix .. 'count', 'erasing:' .. id, 1) end
return {'ok', unpack(long)}
