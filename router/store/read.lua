-- Records of one partition, in one look.
-- KEYS: the partition's lease (its prefix names every other key, so all are in its slot by construction).
-- ARGV: how many customers, their ids, then ids of conversations
-- Returns {id, record, id, record, ...} of customers and the same of conversations: those asked for, the conversations
-- that these customers point to, and the customers of all these conversations. What is not there is left out.
local prefix = string.sub(KEYS[1], 1, -6)
-- While a cluster moves the slot, a key that is on the other server looks like none at all. Asked for two at once, of
-- which one is nowhere, the server refuses instead, and the partition waits until its slot has moved.
redis.call('EXISTS', KEYS[1], prefix .. 'nowhere')
local customers, conversations, known = {}, {}, {}
local function read(kind, id, found)
  if not id or id == '' or known[kind .. id] then return nil end
  known[kind .. id] = true
  local record = redis.call('HMGET', prefix .. kind .. id, 'd', 'p')
  if record[1] then
    found[#found + 1] = id
    found[#found + 1] = record[1]
  end
  return record[2]
end
local count = tonumber(ARGV[1])
for i = 2, count + 1 do read('conv:', read('cust:', ARGV[i], customers), conversations) end
for i = count + 2, #ARGV do read('conv:', ARGV[i], conversations) end
for i = 1, #conversations, 2 do
  read('cust:', redis.call('HGET', prefix .. 'conv:' .. conversations[i], 'p'), customers)
end
return {customers, conversations}
