-- What an operator wants to know of the line.
--
-- Answers {state, now serving, waiting, admitted, capacity, admitPerSecond, the first in line's ticket or 0, ms until
-- the first loses the place unless heard of}.
-- Steps: O(log N), and those of the opening and the admission.
local state = 'open'
if paused == 1 or nowMs < resumeAtMs then state = 'paused' end
if nowMs < opensAtMs then state = 'scheduled' end
local first = redis.call('ZRANGE', line, 0, 0, 'WITHSCORES')
local ticket, leftMs = 0, 0
if first[1] then
  if not undrawn then ticket = ticketAt(lots, first[1], first[2]) end
  leftMs = math.max(redis.call('ZSCORE', heartbeats, first[1]) - nowMs, resumeAtMs - nowMs, 0)
end
reply = struct.pack('<sddddddd', state, nowServing, redis.call('ZCARD', line), inside, capacity, admitPerSecond, ticket,
  leftMs)
