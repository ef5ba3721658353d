-- What everybody may know of the line. Those whose time is over are not counted, removed or not.
--
-- Answers {state, now serving, waiting, admitted, capacity}.
-- Steps: O(log N), and those of the opening and the admission.
local state = 'open'
if paused == 1 or nowMs < resumeAtMs then state = 'paused' end
if nowMs < opensAtMs then state = 'scheduled' end
local after = string.format('(%.0f', nowMs)
reply = struct.pack('<sdddd', state, nowServing, redis.call('ZCOUNT', heartbeats, after, '+inf'),
  redis.call('ZCOUNT', admitted, after, '+inf'), capacity)
