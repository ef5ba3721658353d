-- Takes every lock or none. A lock that the same token holds counts as free: its reply may have been lost.
--
-- KEYS[1]  the fence of the hash tag
-- KEYS[2…] the locks
-- ARGV[1]  token
-- ARGV[2]  lease in ms
-- Returns {fence}, or {0, position, …} with the position from 1 of every lock that another token holds.
-- Steps: O(locks).
local token, leaseMs = ARGV[1], ARGV[2]

-- One alone needs no look first: one command takes it or tells who has it.
if #KEYS == 2 then
  local holder = redis.call('SET', KEYS[2], token, 'NX', 'GET', 'PX', leaseMs)
  if holder and holder ~= token then return {0, 1} end
  if holder then redis.call('PEXPIRE', KEYS[2], leaseMs) end
  return {drawFence(KEYS[1])}
end

local taken = {0}
for position = 2, #KEYS do
  local holder = redis.call('GET', KEYS[position])
  if holder and holder ~= token then taken[#taken + 1] = position - 1 end
end
if #taken > 1 then return taken end
local fence = drawFence(KEYS[1])
for position = 2, #KEYS do
  redis.call('SET', KEYS[position], token, 'PX', leaseMs)
end
return {fence}
