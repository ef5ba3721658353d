-- Broken on purpose: the ticket is the length of the line and one, not the next number of a counter. Whoever comes
-- after somebody has gone in or away gets a number that somebody else has, or had.
--
-- ARGV[1] user
-- ARGV[2], ARGV[3], ARGV[4] a receipt and a lot, which are not looked at
-- ARGV[5] polls a second for the whole line
-- Returns what `answer` says, then 1 for a new place or 0 for one the user had.
-- Steps: O(log N), and those of the opening and the admission.
local user = ARGV[1]
local created = 0

if isWaiting(user) then
  hear(user, tonumber(ARGV[5]))
elseif (admittedUntil(user) or 0) <= nowMs then
  created = 1
  redis.call('ZADD', line, redis.call('ZCARD', line) + 1, user)
  hear(user, tonumber(ARGV[5]))
end

admitWaiters()
return answer(user, created)
