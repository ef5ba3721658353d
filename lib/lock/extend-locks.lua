-- Lets every lock end at a new time, or changes none when the token does not hold them all.
--
-- KEYS    the locks
-- ARGV[1] token
-- ARGV[2] lease in ms, from now
-- Returns {}, or the position from 1 of every lock that the token does not hold.
-- Steps: O(locks).
local token, leaseMs = ARGV[1], ARGV[2]
local lost = {}
for position, lock in ipairs(KEYS) do
  if redis.call('GET', lock) ~= token then lost[#lost + 1] = position end
end
if #lost == 0 then
  for _, lock in ipairs(KEYS) do redis.call('PEXPIRE', lock, leaseMs) end
end
return lost
