-- The least that takes a lock.
--
-- KEYS[1] lock
-- ARGV[1] token
-- ARGV[2] lease in ms
-- Returns OK, or false when it is held.
return redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2])
