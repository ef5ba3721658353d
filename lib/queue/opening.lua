-- How every command of the waiting room goes on after 'room.lua': reads the clock and removes what is due. 'tickets.lua',
-- the command, the admission and the answer follow.
--
-- Ends the command with 'no-room' when the line was never opened or is lost.
-- Steps: at most `batch` waiters and `batch` admissions removed, O(log N) each; the next call goes on.
if open == 0 then return struct.pack('<s', 'no-room') end
local clock = redis.call('TIME')
local nowUs = clock[1] * 1000000 + clock[2]
local nowMs = (nowUs - nowUs % 1000) / 1000
local batch = 50
-- Until then there are lots and no tickets.
local undrawn = draw == 1 and nowMs < opensAtMs

local lostWaiters, endedAdmissions = {}, {}
-- No deadline of a waiter or an admission is before `dueAtMs`: who adds an earlier one lowers it.
if nowMs >= dueAtMs then
  -- Nobody is removed for silence while people may return.
  if nowMs >= resumeAtMs then
    lostWaiters = redis.call('ZRANGEBYSCORE', heartbeats, '-inf', nowMs, 'LIMIT', 0, batch)
  end
  if #lostWaiters > 0 then
    redis.call('ZREM', heartbeats, unpack(lostWaiters))
    redis.call('ZREM', line, unpack(lostWaiters))
  end
  endedAdmissions = redis.call('ZRANGEBYSCORE', admitted, '-inf', nowMs, 'LIMIT', 0, batch)
  if #endedAdmissions > 0 then
    redis.call('ZREM', admitted, unpack(endedAdmissions))
    redis.call('HDEL', admittedTickets, unpack(endedAdmissions))
    stays = math.min(stays + #endedAdmissions, 50)
    stayMs = stayMs + (admissionMs - stayMs) * math.min(#endedAdmissions / stays, 1)
  end
  local nextLost = redis.call('ZRANGE', heartbeats, 0, 0, 'WITHSCORES')[2]
  local nextEnd = redis.call('ZRANGE', admitted, 0, 0, 'WITHSCORES')[2]
  dueAtMs, changed = math.min(math.max(nextLost or expireAtMs, resumeAtMs), nextEnd or expireAtMs), true
end

