-- Finds the user in the line: `score` is false for who does not wait, or was not heard of in time but is not removed
-- yet, the batch being full. While people may return everybody who is in the line waits.
--
-- ARGV[1] user
local user = ARGV[1]
local score = redis.call('ZSCORE', line, user)
if score and dueAtMs <= nowMs and nowMs >= resumeAtMs and tonumber(redis.call('ZSCORE', heartbeats, user)) <= nowMs then score = false end
-- Whether the place is a new one, and behind all others.
local created, isLast = 0, false

