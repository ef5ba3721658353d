-- Frees the locks that the token holds, and leaves the others alone.
--
-- KEYS    the locks
-- ARGV[1] token
-- Returns how many were freed.
-- Steps: O(locks).
local token = ARGV[1]
local freed = 0
for _, lock in ipairs(KEYS) do
  if redis.call('GET', lock) == token then freed = freed + redis.call('DEL', lock) end
end
return freed
