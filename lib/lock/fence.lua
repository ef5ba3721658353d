-- Stands in front of the scripts that draw fences.

-- Fences are drawn so far apart: those who follow one another in a line use the numbers between.
local apart = 16
-- A fence is kept for longer than any lease; when it is gone, the clock has passed it.
local keepMs = 86400000

-- Never below the clock: a counter that was lost, or set back by a failover, would give fences again. And never below the
-- counter, which the clock is nearly always past: one command writes it and tells what it was.
local function drawFence(key)
  local time = redis.call('TIME')
  local nowMicros = time[1] * 1000000 + time[2]
  local drawn = nowMicros - nowMicros % apart + apart
  local previous = tonumber(redis.call('SET', key, drawn, 'PX', keepMs, 'GET') or 0)
  if previous >= drawn then
    drawn = previous + apart
    redis.call('SET', key, drawn, 'PX', keepMs)
  end
  return drawn
end

