-- Says where the user stands. Asking is the heartbeat of a waiter.
--
-- ARGV[1] user
-- ARGV[2] polls a second for the whole line
-- Returns what `answer` says, or {'absent'}.
-- Steps: O(log N), and those of the opening and the admission.
local user = ARGV[1]
local waiting = isWaiting(user)
if waiting then hear(user, tonumber(ARGV[2])) end
admitWaiters()
if waiting or (admittedUntil(user) or 0) > nowMs then return answer(user) end
return {'absent'}
