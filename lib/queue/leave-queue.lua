-- Ends the user's place or admission, and admits the next at once. Nothing happens to who is not in, except
-- that an old receipt cannot be used afterwards.
--
-- ARGV[1] user
-- Returns {'left'}.
-- Steps: O(log N), and those of the opening and the admission.
local user = ARGV[1]
redis.call('ZREM', line, user)
redis.call('ZREM', heartbeats, user)
endAdmission(user)
if undrawn then redis.call('ZREM', lots, user) end
spendReceipts(user)
admitWaiters()
return {'left'}
