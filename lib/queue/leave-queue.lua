-- Ends the user's place, and the admission by 'finish-stay.lua', which follows; the next is admitted at once. Nothing
-- happens to who is not in, except that an old receipt cannot be used afterwards.
--
-- ARGV[1] user
-- Steps: O(log N), and those of the opening and the admission.
local user = ARGV[1]
redis.call('ZREM', line, user)
redis.call('ZREM', heartbeats, user)
local finished = redis.call('ZSCORE', admitted, user)
if undrawn then redis.call('ZREM', lots, user) end
if epoch > 1 then spendReceipts(returned, expireAtMs, user) end

