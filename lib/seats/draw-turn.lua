-- Draws the next number among those who want the same thing at this moment.
--
-- KEYS[1] counter
-- ARGV[1] ms after which the counting begins anew, from the first number on
-- Returns the number, from 1.
-- Steps: O(1).
local counter = KEYS[1]
local turn = redis.call('INCR', counter)
if turn == 1 then redis.call('PEXPIRE', counter, ARGV[1]) end
return turn
