-- Ends the user's admission and admits the next at once. A place in the line that the user has taken since is
-- left alone.
--
-- ARGV[1] user
-- Returns {'ended'}.
-- Steps: O(log N), and those of the opening and the admission.
local user = ARGV[1]
if endAdmission(user) then
  spendReceipts(user)
  admitWaiters()
end
return {'ended'}
