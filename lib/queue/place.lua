-- What 'enter-queue.lua' and 'read-place.lua' share; follows 'admission.lua'.

-- Whether the user waits and was heard of in time.
local function isWaiting(user)
  local deadlineMs = redis.call('ZSCORE', heartbeats, user)
  return deadlineMs and tonumber(deadlineMs) > nowMs
end

-- When the user's admission ends or ended, in ms; nil without one. One that is over may not be removed yet.
local function admittedUntil(user)
  return tonumber(redis.call('ZSCORE', admitted, user) or '')
end

-- The waiter is alive: from now, or from the opening when that is still to come. Where the budget of polls lets people
-- come back later than the heartbeat, the place is kept for twice the longest time that they are told; see
-- 'poll-interval.ts'.
local function hear(user, pollsPerSecond)
  local keptMs = math.max(heartbeatMs, math.ceil(8000 * redis.call('ZCARD', line) / pollsPerSecond))
  redis.call('ZADD', heartbeats, math.max(nowMs, opensAtMs) + keptMs, user)
end

-- {status, ticket or 0 until the draw, ahead, admitted until in ms or 0, epoch, ms until admission may begin, admitted now,
--  capacity, admitPerSecond, mean length of an admission in ms, heartbeatMs, waiting, ...} of a user who is waiting or admitted.
local function answer(user, ...)
  local inside = redis.call('ZCARD', admitted)
  local beginsInMs = math.max(opensAtMs - nowMs, resumeAtMs - nowMs, 0)
  local status, ticket, ahead = 'admitted', nil, 0
  local untilMs = admittedUntil(user)
  if untilMs then
    ticket = redis.call('HGET', admittedTickets, user)
  else
    status = nowMs < opensAtMs and 'scheduled' or 'waiting'
    ticket = 0
    if not undrawn then
      ticket = ticketAt(user, tonumber(redis.call('ZSCORE', line, user)))
      ahead = redis.call('ZRANK', line, user)
    end
  end
  return {status, tonumber(ticket), ahead, untilMs or 0, epoch, beginsInMs, inside,
    capacity, admitPerSecond, stayMs, heartbeatMs, redis.call('ZCARD', line), ...}
end

