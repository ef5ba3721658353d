-- Takes every lock or none. A lock that the same token holds counts as free: its reply may have been lost.
--
-- KEYS[1]  the fence of the hash tag
-- KEYS[2…] the locks
-- ARGV[1]  token
-- ARGV[2]  lease in ms
-- ARGV[3]  ms for which the fence is kept
-- Returns {fence}, or {0, position, …} with the position from 1 of every lock that another token holds.
-- Steps: O(locks).
local fence = KEYS[1]
local token, leaseMs, keepMs = ARGV[1], ARGV[2], ARGV[3]
-- Fences are drawn so far apart: those who follow one another in a line use the numbers between.
local apart = 16

local taken = {0}
for position = 2, #KEYS do
  local holder = redis.call('GET', KEYS[position])
  if holder and holder ~= token then taken[#taken + 1] = position - 1 end
end
if #taken > 1 then return taken end

-- Never below the clock: a counter that was lost, or set back by a failover, would give fences again. And never below the
-- counter, which the clock is nearly always past: one command writes it and tells what it was.
local time = redis.call('TIME')
local nowMicros = time[1] * 1000000 + time[2]
local drawn = nowMicros - nowMicros % apart + apart
local previous = tonumber(redis.call('SET', fence, drawn, 'PX', keepMs, 'GET') or 0)
if previous >= drawn then
  drawn = previous + apart
  redis.call('SET', fence, drawn, 'PX', keepMs)
end
for position = 2, #KEYS do
  redis.call('SET', KEYS[position], token, 'PX', leaseMs)
end
return {drawn}
