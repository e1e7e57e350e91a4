-- Take one command into its partition's stream, once for its key; its outcome is kept under the key.
-- KEYS: in, outcome  ARGV: body digest, seconds to keep the outcome, field, value, ...
-- Returns {1, id} if it was taken, else {0, the first one's body digest}.
local known = redis.call('HGET', KEYS[2], 'h')
if known then return {0, known} end
local id = redis.call('XADD', KEYS[1], '*', unpack(ARGV, 3))
redis.call('HSET', KEYS[2], 'h', ARGV[1])
redis.call('EXPIRE', KEYS[2], ARGV[2])
return {1, id}
