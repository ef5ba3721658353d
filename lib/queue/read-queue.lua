-- What everybody may know of the line. Those whose time is over are not counted, removed or not; but nobody's who waits
-- is over while people may return.
--
-- Answers {state, now serving, waiting, admitted, capacity}.
-- Steps: O(log N), and those of the opening and the admission.
local state = 'open'
if paused == 1 or nowMs < resumeAtMs then state = 'paused' end
if nowMs < opensAtMs then state = 'scheduled' end
local after = string.format('(%.0f', nowMs)
local since = nowMs < resumeAtMs and '-inf' or after
reply = struct.pack('<sdddd', state, nowServing, redis.call('ZCOUNT', heartbeats, since, '+inf'),
  redis.call('ZCOUNT', admitted, after, '+inf'), capacity)
