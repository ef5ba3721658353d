-- Admits the first in line while capacity and token bucket allow; follows the command, which has its reply already when
-- nobody is to be admitted.
-- The bucket holds one second's worth, in millionths of a token, so that no fraction is lost: each microsecond
-- adds `admitPerSecond` of them.
-- Leaves behind the `front` of the line as it was taken out, with scores, how many are `inside` now, and the `present`,
-- who were admitted.
-- Steps: at most `batch` waiters, O(log N) each.
local inside = redis.call('ZCARD', admitted)
local filled, places, front, present = 0, capacity - inside, {}, {}
if reply or paused == 1 or nowMs < opensAtMs or nowMs < resumeAtMs then places = 0 end
if places >= 1 then
  local elapsedUs = math.min(math.max(nowUs - filledAtUs, 0), 1000000)
  filled = math.min(microTokens + elapsedUs * admitPerSecond, 1000000 * admitPerSecond)
  places = math.min(places, math.floor(filled / 1000000), batch)
end
if places >= 1 then front = redis.call('ZPOPMIN', line, places) end
if #front > 0 then
  local users = {}
  for i = 1, #front, 2 do users[#users + 1] = front[i] end
  local deadlines = redis.call('ZMSCORE', heartbeats, unpack(users))
  redis.call('ZREM', heartbeats, unpack(users))
  -- The drawn in front are neighbours among the lots, too, but for those who have gone since.
  local drawn = {}
  if tonumber(front[2]) < 1 then
    local rank = redis.call('ZRANK', lots, users[1])
    for i, user in ipairs(redis.call('ZRANGE', lots, rank, rank + #users - 1)) do drawn[user] = rank + i end
  end
  local untilMs = nowMs + admissionMs
  local untils, tickets = {}, {}
  for i, user in ipairs(users) do
    -- Who is silent for too long but was not removed yet, the batch being full, is dropped here.
    if tonumber(deadlines[i]) > nowMs then
      -- Who lost a drawn place and came back has a ticket of the line, and the lot still among the lots.
      local score = front[2 * i]
      local ticket = tonumber(score) < 1 and drawn[user] or ticketAt(lots, user, score)
      present[#present + 1] = user
      untils[#untils + 1], untils[#untils + 2] = untilMs, user
      tickets[#tickets + 1], tickets[#tickets + 2] = user, ticket
      nowServing = math.max(nowServing, ticket)
    end
  end
  if #present > 0 then
    redis.call('ZADD', admitted, unpack(untils))
    redis.call('HSET', admittedTickets, unpack(tickets))
    if inside == 0 then
      -- These keys are born with their first member: only then do they need their end.
      redis.call('PEXPIREAT', admitted, expireAtMs)
      redis.call('PEXPIREAT', admittedTickets, expireAtMs)
    end
    if epoch > 1 then spendReceipts(returned, expireAtMs, unpack(present)) end
    microTokens, filledAtUs = filled - #present * 1000000, nowUs
    inside, dueAtMs, changed = inside + #present, math.min(dueAtMs, untilMs), true
  end
end

