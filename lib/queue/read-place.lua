-- Says where the user stands. Asking is the heartbeat of a waiter.
--
-- ARGV[1] user
-- Returns what `answer` says, or {'absent'}.
-- Steps: O(log N), and those of the opening and the admission.
local user = ARGV[1]
local waiting = isWaiting(user)
if waiting then hear(user) end
admitWaiters()
if waiting or (admittedUntil(user) or 0) > nowMs then return answer(user) end
return {'absent'}
