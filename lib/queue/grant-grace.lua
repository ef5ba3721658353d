-- Keeps the places of those who could not be heard, for as long as people may return after a loss: until `resumeAtMs`
-- nobody is removed for silence, and nobody is admitted. For a caller from whom Redis was out of reach lately; a line of
-- which others were heard meanwhile was not cut off, and goes on. Follows 'room.lua'.
--
-- Overdue are also those who will be so before they can have asked again: at their poll, a third of the heartbeat after the
-- last at most, those who could be heard have twice as long left.
--
-- Answers 1 when the line is spared, 0 when there is no need, or it is spared already.
-- Steps: O(log N).
if open == 0 then return 0 end
local clock = redis.call('TIME')
local nowMs = clock[1] * 1000 + math.floor(clock[2] / 1000)
local soonMs = nowMs + math.min(math.floor(heartbeatMs / 3), 3000)
local overdue = redis.call('ZCOUNT', heartbeats, '-inf', string.format('%.0f', soonMs))
if nowMs < resumeAtMs or overdue == 0 or overdue * 10 < redis.call('ZCARD', heartbeats) then return 0 end
resumeAtMs, changed, reply = nowMs + math.min(heartbeatMs, 30000), true, 1
