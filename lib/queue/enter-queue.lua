-- Gives the user a place, or finds the one the user has. Entering again is a heartbeat.
--
-- ARGV[1] user
-- ARGV[2] ticket of a receipt that is the user's own, or ''
-- ARGV[3] epoch of that receipt, or ''
-- Returns what `answer` says, then 1 for a new place or 0 for one the user had.
-- Steps: O(log N), and those of the opening and the admission.
local user, oldTicket, oldEpoch = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local untilMs = admittedUntil(user)
local created = 0

if isWaiting(user) then
  hear(user)
  if oldTicket and oldEpoch < epoch and spendReceipts(user) == 1 then redis.call('ZADD', line, oldTicket, user) end
elseif (untilMs or 0) <= nowMs then
  created = 1
  if untilMs then
    -- An admission that is over, but not removed yet, the batch being full, must not stand beside the new place.
    redis.call('ZREM', admitted, user)
    redis.call('HDEL', admittedTickets, user)
  end
  local ticket
  if oldTicket and oldEpoch < epoch and spendReceipts(user) == 1 then
    ticket = oldTicket
  else
    ticket = redis.call('HINCRBY', room, 'lastTicket', 1)
  end
  redis.call('ZADD', line, ticket, user)
  hear(user)
  if redis.call('ZRANK', line, user) == 0 then
    -- The line may just have been born with this user: only then does it need its end.
    redis.call('PEXPIREAT', line, expireAtMs)
    redis.call('PEXPIREAT', heartbeats, expireAtMs)
  end
end

admitWaiters()
return answer(user, created)
