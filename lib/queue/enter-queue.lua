-- Gives the user a place, or finds the one the user has. Entering again is a heartbeat.
--
-- ARGV[1] user
-- ARGV[2] ticket of a receipt that is the user's own, 0 when it was given before the draw, or ''
-- ARGV[3] epoch of that receipt, or ''
-- ARGV[4] the user's lot, or '' when the caller does not know it
-- ARGV[5] polls a second for the whole line
-- Returns what `answer` says, then 1 for a new place or 0 for one the user had; {'lot-needed'}, and nothing has
-- happened, when there is a draw to come and the lot is not known.
-- Steps: O(log N), and those of the opening and the admission.
local user, oldTicket, oldEpoch, lot = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local pollsPerSecond = tonumber(ARGV[5])
local untilMs = admittedUntil(user)
local created = 0
if undrawn and lot == '' and not isWaiting(user) then return {'lot-needed'} end

-- Whoever was promised a lot and comes back too late for the draw gets one of the tickets kept for that.
local function ticketOfReceipt()
  if oldTicket > 0 then return oldTicket end
  return redis.call('HINCRBY', room, 'lastReturn', 1) + redis.call('ZCARD', lots)
end

local function drawLot()
  redis.call('ZADD', lots, lot, user)
  if redis.call('ZCARD', lots) == 1 then redis.call('PEXPIREAT', lots, expireAtMs) end
  return lot
end

-- Before the draw a receipt is not needed: the lot is the same as it was.
local comesBack = oldTicket and oldEpoch < epoch and not undrawn

if isWaiting(user) then
  hear(user, pollsPerSecond)
  local drawn = tonumber(redis.call('ZSCORE', line, user)) < 1
  if comesBack and not drawn and spendReceipts(user) == 1 then redis.call('ZADD', line, ticketOfReceipt(), user) end
elseif (untilMs or 0) <= nowMs then
  created = 1
  -- An admission that is over, but not removed yet, the batch being full, must not stand beside the new place.
  endAdmission(user)
  local ticket
  if comesBack and spendReceipts(user) == 1 then
    ticket = ticketOfReceipt()
  elseif undrawn then
    ticket = drawLot()
  else
    ticket = redis.call('HINCRBY', room, 'lastTicket', 1) + redis.call('ZCARD', lots)
  end
  redis.call('ZADD', line, ticket, user)
  hear(user, pollsPerSecond)
  if redis.call('ZRANK', line, user) == 0 then
    -- The line may just have been born with this user: only then does it need its end.
    redis.call('PEXPIREAT', line, expireAtMs)
    redis.call('PEXPIREAT', heartbeats, expireAtMs)
  end
end

admitWaiters()
return answer(user, created)
