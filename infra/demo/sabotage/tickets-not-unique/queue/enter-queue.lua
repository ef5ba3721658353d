-- Broken on purpose: the ticket is the length of the line and one, not the next number of a counter. Whoever comes
-- after somebody has gone in or away gets a number that somebody else has, or had. Neither a receipt nor a lot is
-- looked at.
--
-- Steps: O(log N), and those of the opening and the admission.
local finished = false
if not score and tonumber(redis.call('ZSCORE', admitted, user) or 0) <= nowMs then
  created, score = 1, redis.call('ZCARD', line) + 1
  redis.call('ZADD', line, score, user)
end

