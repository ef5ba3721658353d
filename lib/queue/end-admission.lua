-- Ends the user's admission by 'finish-stay.lua', which follows, and admits the next at once. A place in the line that
-- the user has taken since is left alone.
--
-- ARGV[1] user
-- Steps: O(log N), and those of the opening and the admission.
local user = ARGV[1]
local finished = redis.call('ZSCORE', admitted, user)
if not finished then reply = struct.pack('<s', 'done') end

