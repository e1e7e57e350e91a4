-- Trim what grows by itself in one partition, a bounded piece at a time; asking again trims what is left.
-- KEYS: lease, feed, dead, seen...  ARGV: token, the stream id that all readers have passed ('' if there are none),
-- kept, most, how many of `seen` at once, then for each `seen` the instant (ms) before which it is forgotten.
-- Returns {how many of the dead wait, whether more of `seen` may be left}, or {-1, 0} if the lease is another's.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {-1, 0} end
local kept, most, piece = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local length = redis.call('XLEN', KEYS[2])
if ARGV[2] == '' then
  redis.call('XTRIM', KEYS[2], 'MAXLEN', '~', kept)
elseif length > kept then
  -- LIMIT counts what goes, so that the latest stay even where all have read them.
  redis.call('XTRIM', KEYS[2], 'MINID', '~', ARGV[2], 'LIMIT', length - kept)
  redis.call('XTRIM', KEYS[2], 'MAXLEN', '~', most)
end
local more = 0
for number = 4, #KEYS do
  local old = redis.call('ZRANGEBYSCORE', KEYS[number], '-inf', ARGV[number + 2], 'LIMIT', 0, piece)
  if #old > 0 then redis.call('ZREM', KEYS[number], unpack(old)) end
  if #old == piece then more = 1 end
end
return {redis.call('XLEN', KEYS[3]), more}
