-- The one door: all effects of a batch, or none.
-- KEYS: the partition's lease (its prefix names every other key, so all are in its slot by construction).
-- ARGV: token, batch as MessagePack: e = event ids, x = {{suffix, revision}...}, t = {{suffix, type}...},
--       w = {{command, suffix, argument...}...}
-- Returns {'ok'}, or what was found before anything was written: {'fenced'}, {'gone', id...}, {'conflict', suffix},
-- {'type', suffix}. Lua does not roll back, so every check comes before the first write.
local prefix = string.sub(KEYS[1], 1, -6)
-- While a cluster moves the slot, a key that is on the other server looks like none at all. Asked for two at once, of
-- which one is nowhere, the server refuses instead, and the partition waits until its slot has moved.
redis.call('EXISTS', KEYS[1], prefix .. 'nowhere')
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {'fenced'} end
local batch = cmsgpack.unpack(ARGV[2])
local stream, gone = prefix .. 'in', {'gone'}
for _, id in ipairs(batch.e) do
  if #redis.call('XRANGE', stream, id, id) == 0 then gone[#gone + 1] = id end
end
if #gone > 1 then return gone end
for _, expected in ipairs(batch.x) do
  if (redis.call('HGET', prefix .. expected[1], 'r') or '0') ~= expected[2] then return {'conflict', expected[1]} end
end
for _, kept in ipairs(batch.t) do
  local found = redis.call('TYPE', prefix .. kept[1]).ok
  if found ~= 'none' and found ~= kept[2] then return {'type', kept[1]} end
end
-- First what frees memory: a script whose first write does may go on where there is no room (`maxmemory`), and what was
-- accepted is decided all the same.
redis.call('XDEL', stream, unpack(batch.e))
for _, write in ipairs(batch.w) do
  redis.call(write[1], prefix .. write[2], unpack(write, 3))
end
return {'ok'}
