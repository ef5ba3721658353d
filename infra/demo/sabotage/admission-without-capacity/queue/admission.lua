-- Broken on purpose: admits as fast as the token bucket allows, however many are inside.
--
-- Answers how many were admitted, and that nobody was dropped. Steps: at most `batch` waiters, O(log N) each.
local function admitWaiters()
  local elapsedUs = math.min(math.max(nowUs - filledAtUs, 0), 1000000)
  local filled = math.min(microTokens + elapsedUs * admitPerSecond, 1000000 * admitPerSecond)
  local places = math.min(math.floor(filled / 1000000), batch)
  if places < 1 then return 0, 0 end
  local front = redis.call('ZPOPMIN', line, places)
  for i = 1, #front, 2 do
    redis.call('ZREM', heartbeats, front[i])
    redis.call('ZADD', admitted, nowMs + admissionMs, front[i])
    redis.call('HSET', admittedTickets, front[i], front[i + 1])
  end
  microTokens, filledAtUs = filled - #front / 2 * 1000000, nowUs
  redis.call('HSET', room, 'microTokens', microTokens, 'filledAtUs', filledAtUs)
  return #front / 2, 0
end

