-- Says where the user stands, for whom 'find-waiter.lua' and 'hear-waiter.lua' have looked; follows 'admission.lua'.
--
-- Answers {status, ticket or 0 until the draw, ahead, admitted until in ms or 0, epoch, ms until admission may begin,
-- admitted now, capacity, admitPerSecond, mean length of an admission in ms, heartbeatMs, waiting, 1 for a new place or
-- 0} of a user who is waiting or admitted, and {'absent'} of anybody else.
local status, ticket, ahead, untilMs = 'absent', 0, 0, 0
if #front > 0 or not score then
  -- One that is over may not be removed yet.
  untilMs = tonumber(redis.call('ZSCORE', admitted, user) or 0)
end
if untilMs > nowMs then
  status, ticket = 'admitted', tonumber(redis.call('HGET', admittedTickets, user))
elseif score then
  status = nowMs < opensAtMs and 'scheduled' or 'waiting'
  if not undrawn then
    ticket = ticketAt(lots, user, score)
    ahead = isLast and waiting - #front / 2 - 1 or redis.call('ZRANK', line, user)
  end
end
if status == 'absent' then
  reply = reply or struct.pack('<s', status)
else
  reply = struct.pack('<sdddddddddddd', status, ticket, ahead, untilMs, epoch,
    math.max(opensAtMs - nowMs, resumeAtMs - nowMs, 0), inside, capacity, admitPerSecond, stayMs, heartbeatMs,
    waiting - #front / 2, created)
end
