-- Whether the user's admission is still running.
--
-- KEYS[1] admitted
-- ARGV[1] user
-- Returns 1 or 0.
-- Steps: O(1).
local admitted = KEYS[1]
local untilMs = redis.call('ZSCORE', admitted, ARGV[1])
if not untilMs then return 0 end
local clock = redis.call('TIME')
local nowMs = clock[1] * 1000 + math.floor(clock[2] / 1000)
return tonumber(untilMs) > nowMs and 1 or 0
