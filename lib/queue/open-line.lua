-- Opens the prepared room, if it is still the one that was committed. Follows 'room.lua'.
--
-- ARGV[1] epoch
-- Answers 1 when the room is of that epoch, else 0.
-- Steps: O(1).
if epoch ~= tonumber(ARGV[1]) then return 0 end
open, changed, reply = 1, true, 1
