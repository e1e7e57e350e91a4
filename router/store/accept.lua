-- Take one event into its partition's stream, once.
-- KEYS: in, seen  ARGV: digest, now (ms), forget before (ms), field, value, ...
-- Returns {1, id} if it was taken, {0} if it had been before.
if redis.call('ZADD', KEYS[2], 'NX', ARGV[2], ARGV[1]) == 0 then return {0} end
for _, old in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[3], 'LIMIT', 0, 4)) do
  redis.call('ZREM', KEYS[2], old)
end
return {1, redis.call('XADD', KEYS[1], '*', unpack(ARGV, 4))}
