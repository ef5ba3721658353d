-- Broken on purpose: does not ask whether the user is in already. Each press of the button gives a new ticket, and
-- who is admitted stands in the line as well.
--
-- ARGV[1] user
-- ARGV[2], ARGV[3], ARGV[4] a receipt and a lot, which are not looked at
-- ARGV[5] polls a second for the whole line
-- Returns what `answer` says, then 1 for a new place.
-- Steps: O(log N), and those of the opening and the admission.
local user = ARGV[1]
redis.call('ZADD', line, redis.call('HINCRBY', room, 'lastTicket', 1), user)
hear(user, tonumber(ARGV[5]))
admitWaiters()
return answer(user, 1)
