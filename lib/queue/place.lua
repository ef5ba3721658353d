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

-- The waiter is alive: from now, or from the opening when that is still to come.
local function hear(user)
  redis.call('ZADD', heartbeats, math.max(nowMs, opensAtMs) + heartbeatMs, user)
end

-- {status, ticket or 0 until the draw, ahead, admitted until in ms or 0, epoch, ms until admission may begin, admitted now,
--  capacity, admitPerSecond, admissionMs, heartbeatMs, ...} of a user who is waiting or admitted.
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
    capacity, admitPerSecond, admissionMs, heartbeatMs, ...}
end

