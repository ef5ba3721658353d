-- The least that gives a lock back.
--
-- KEYS[1] lock
-- ARGV[1] token
-- Returns 1, or 0 when the token does not hold it.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
