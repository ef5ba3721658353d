-- Gives the user a place, or finds the one the user has; follows 'find-waiter.lua'. Entering again is a heartbeat: see
-- 'hear-waiter.lua', which follows.
--
-- ARGV[3] ticket of a receipt that is the user's own, 0 when it was given before the draw, or ''
-- ARGV[4] epoch of that receipt, or ''
-- ARGV[5] the user's lot, or '' when the caller does not know it
-- Returns what 'answer-place.lua' says; {'lot-needed'}, and nothing has happened, when there is a draw to come and the
-- lot is not known; {'no-room'} when the receipt proves that the line is not what it was.
-- Steps: O(log N), and those of the opening and the admission.
local oldTicket, oldEpoch, lot = tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]
-- An admission that is over, but not removed yet, the batch being full, must not stand beside a new place.
local finished = false
-- Before the draw a receipt is not needed: the lot is the same as it was.
local comesBack = oldTicket and oldEpoch < epoch and not undrawn
local ticket

-- A receipt of this very line with a ticket that it has not come to, or of a later line: Redis was set back, as by a
-- replica that took over before it had heard of the last entries. Their people have lost their places, and their tickets
-- would be given again: so the line counts as lost, and all return by their receipts.
local setBack = oldTicket and oldEpoch > epoch
if oldTicket and oldEpoch == epoch and not undrawn then
  setBack = oldTicket > redis.call('HGET', room, 'lastTicket') + redis.call('ZCARD', lots)
end
if setBack then
  redis.call('HDEL', room, 'numbers')
  return struct.pack('<s', 'no-room')
end

if score then
  comesBack = comesBack and tonumber(score) >= 1
elseif undrawn and lot == '' then
  reply = struct.pack('<s', 'lot-needed')
else
  finished = redis.call('ZSCORE', admitted, user)
  created = tonumber(finished or 0) <= nowMs and 1 or 0
  finished = created == 1 and finished
end

if comesBack and (score or created == 1) and spendReceipts(returned, expireAtMs, user) == 1 then
  ticket = oldTicket
  -- Whoever was promised a lot and comes back too late for the draw gets one of the tickets kept for that.
  if oldTicket == 0 then ticket = redis.call('HINCRBY', room, 'lastReturn', 1) + redis.call('ZCARD', lots) end
elseif created == 1 and undrawn then
  redis.call('ZADD', lots, lot, user)
  if redis.call('ZCARD', lots) == 1 then redis.call('PEXPIREAT', lots, expireAtMs) end
  ticket = lot
elseif created == 1 then
  ticket = redis.call('HINCRBY', room, 'lastTicket', 1)
  -- The drawn have the tickets before.
  if draw == 1 then ticket = ticket + redis.call('ZCARD', lots) end
  isLast = true
end
if ticket then
  redis.call('ZADD', line, ticket, user)
  score = ticket
end

