-- Changes the settings of a room, be it open or still closed, for the next admission. What the bucket has earned so
-- far it has earned at the old rate, and keeps as far as the new one's second's worth holds it.
--
-- KEYS[1] room
-- ARGV[1] capacity, ARGV[2] admitPerSecond, ARGV[3] paused: 1 or 0
-- Returns 1, or 0 without a room.
-- Steps: O(1).
local room, capacity, admitPerSecond, paused = KEYS[1], ARGV[1], tonumber(ARGV[2]), ARGV[3]
local fields = redis.call('HMGET', room, 'admitPerSecond', 'microTokens', 'filledAtUs')
if not fields[1] then return 0 end
local oldPerSecond, microTokens, filledAtUs = tonumber(fields[1]), tonumber(fields[2]), tonumber(fields[3])

local clock = redis.call('TIME')
local nowUs = clock[1] * 1000000 + clock[2]
local elapsedUs = math.min(math.max(nowUs - filledAtUs, 0), 1000000)
local filled = math.min(microTokens + elapsedUs * oldPerSecond, 1000000 * math.min(oldPerSecond, admitPerSecond))
redis.call('HSET', room, 'capacity', capacity, 'admitPerSecond', admitPerSecond, 'paused', paused,
  'microTokens', filled, 'filledAtUs', nowUs)
return 1
