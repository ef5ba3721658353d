-- Changes the settings of a room, be it open or still closed, for the next admission. What the bucket has earned so
-- far it has earned at the old rate, and keeps as far as the new one's second's worth holds it. Follows 'room.lua'.
--
-- ARGV[1] capacity, ARGV[2] admitPerSecond, ARGV[3] paused: 1 or 0
-- Answers 1, or 0 without a room.
-- Steps: O(1).
if epoch == 0 then return 0 end
local clock = redis.call('TIME')
local nowUs = clock[1] * 1000000 + clock[2]
local oldPerSecond = admitPerSecond
capacity, admitPerSecond, paused = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local elapsedUs = math.min(math.max(nowUs - filledAtUs, 0), 1000000)
microTokens = math.min(microTokens + elapsedUs * oldPerSecond, 1000000 * math.min(oldPerSecond, admitPerSecond))
filledAtUs, changed, reply = nowUs, true, 1
