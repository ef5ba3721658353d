-- Opens the prepared room, if it is still the one that was committed.
--
-- KEYS[1] room
-- ARGV[1] epoch
-- Returns 1 when the room is of that epoch, else 0.
-- Steps: O(1).
local room, epoch = KEYS[1], ARGV[1]
if redis.call('HGET', room, 'epoch') ~= epoch then return 0 end
redis.call('HSET', room, 'open', 1)
return 1
