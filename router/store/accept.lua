-- Take one event into its partition's stream, once.
-- KEYS: in, seen, count, where the customer's arrivals go (if it is about one)
-- ARGV: digest, now (ms), forget before (ms), what to count it as (or ''), what KEYS[4] may hold (or ''), field, value, ...
-- Returns {1, id} if it was taken, {0} if it had been before, {2, what KEYS[4] holds} if it is not for here, or not yet. It is noted as seen only once it is in the stream, and
-- counted last: were the counter broken, the message would still be taken once. `since` is the first that was counted.
if redis.call('ZSCORE', KEYS[2], ARGV[1]) then return {0} end
if KEYS[4] then
  local moved = redis.call('GET', KEYS[4])
  if moved and moved ~= ARGV[5] then return {2, moved} end
end
local id = redis.call('XADD', KEYS[1], '*', unpack(ARGV, 6))
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
for _, old in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[3], 'LIMIT', 0, 4)) do
  redis.call('ZREM', KEYS[2], old)
end
if ARGV[4] ~= '' and redis.call('HINCRBY', KEYS[3], ARGV[4], 1) == 1 then
  redis.call('HSETNX', KEYS[3], 'since', id)
end
return {1, id}
