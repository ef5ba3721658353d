-- Broken on purpose: admits as fast as the token bucket allows, however many are inside.
--
-- Steps: at most `batch` waiters, O(log N) each.
local inside, filled, front, present = redis.call('ZCARD', admitted), 0, {}, {}
if not reply then
  local elapsedUs = math.min(math.max(nowUs - filledAtUs, 0), 1000000)
  filled = math.min(microTokens + elapsedUs * admitPerSecond, 1000000 * admitPerSecond)
  local places = math.min(math.floor(filled / 1000000), batch)
  if places >= 1 then front = redis.call('ZPOPMIN', line, places) end
end
for i = 1, #front, 2 do
  present[#present + 1] = front[i]
  redis.call('ZREM', heartbeats, front[i])
  redis.call('ZADD', admitted, nowMs + admissionMs, front[i])
  redis.call('HSET', admittedTickets, front[i], front[i + 1])
end
if #front > 0 then
  microTokens, filledAtUs = filled - #present * 1000000, nowUs
  inside, dueAtMs, changed = inside + #present, math.min(dueAtMs, nowMs + admissionMs), true
end

