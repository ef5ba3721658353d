-- Admits the first in line while capacity and token bucket allow; follows 'tickets.lua'.
-- The bucket holds one second's worth, in millionths of a token, so that no fraction is lost: each microsecond
-- adds `admitPerSecond` of them.
-- Answers how many were admitted, and how many were dropped in front of them.
-- Steps: at most `batch` waiters, O(log N) each.
local function admitWaiters()
  if paused == 1 or nowMs < opensAtMs or nowMs < resumeAtMs then return 0, 0 end
  local inside = redis.call('ZCARD', admitted)
  local elapsedUs = math.min(math.max(nowUs - filledAtUs, 0), 1000000)
  local filled = math.min(microTokens + elapsedUs * admitPerSecond, 1000000 * admitPerSecond)
  local places = math.min(capacity - inside, math.floor(filled / 1000000), batch)
  if places < 1 then return 0, 0 end
  local front = redis.call('ZPOPMIN', line, places)
  if #front == 0 then return 0, 0 end

  local users = {}
  for i = 1, #front, 2 do users[#users + 1] = front[i] end
  local deadlines = redis.call('ZMSCORE', heartbeats, unpack(users))
  redis.call('ZREM', heartbeats, unpack(users))
  local untils, tickets, present = {}, {}, {}
  for i, user in ipairs(users) do
    -- Who is silent for too long but was not removed yet, the batch being full, is dropped here.
    if tonumber(deadlines[i]) > nowMs then
      present[#present + 1] = user
      local ticket = ticketAt(user, tonumber(front[2 * i]))
      untils[#untils + 1], untils[#untils + 2] = nowMs + admissionMs, user
      tickets[#tickets + 1], tickets[#tickets + 2] = user, ticket
      nowServing = math.max(nowServing, ticket)
    end
  end
  if #present == 0 then return 0, #users end

  redis.call('ZADD', admitted, unpack(untils))
  redis.call('HSET', admittedTickets, unpack(tickets))
  if inside == 0 then
    -- These keys are born with their first member: only then do they need their end.
    redis.call('PEXPIREAT', admitted, expireAtMs)
    redis.call('PEXPIREAT', admittedTickets, expireAtMs)
  end
  spendReceipts(unpack(present))
  microTokens, filledAtUs = filled - #present * 1000000, nowUs
  redis.call('HSET', room, 'microTokens', microTokens, 'filledAtUs', filledAtUs, 'nowServing', nowServing)
  return #present, #users - #present
end

