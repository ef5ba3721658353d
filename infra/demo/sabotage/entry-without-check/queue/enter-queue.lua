-- Broken on purpose: does not ask whether the user is in already. Each press of the button gives a new ticket, and
-- who is admitted stands in the line as well. Neither a receipt nor a lot is looked at.
--
-- Steps: O(log N), and those of the opening and the admission.
local finished = false
created, score = 1, redis.call('HINCRBY', room, 'lastTicket', 1)
redis.call('ZADD', line, score, user)

