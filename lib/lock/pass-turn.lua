-- Gives back the locks that the token holds, and grants each free one to the first in its line, who is told
-- (number of the waiter, space, fence) and must claim it before the grant ends: by 'extend-turn.lua', or by
-- 'take-turn.lua' when it cannot know that it is in time.
--
-- KEYS[1]         the fence of the hash tag
-- KEYS[2], [3]; … each lock and its line
-- ARGV[1] token
-- ARGV[2] ms for which a grant waits to be claimed
-- ARGV[3] listener under which the token leaves the lines; absent: it stands in none
-- Returns how many were held by the token.
-- Steps: O(locks + those who wait).
local token, grantMs, leaving = ARGV[1], ARGV[2], ARGV[3]
-- Those whose process is gone are passed over, not more of them at a time than this.
local maxPassedOver = 128

local freed = 0
for position = 2, #KEYS, 2 do
  local lock, line = KEYS[position], KEYS[position + 1]
  if leaving then
    redis.call('LREM', line, 0, leaving .. ' ' .. token)
    redis.call('LREM', line, 0, '- ' .. token)
  end
  local value = redis.call('GET', lock)
  local fence, holder = string.match(value or '', '^(%d+) (.*)$')
  local isOwn = holder == token
  if isOwn then freed = freed + 1 end

  local passedOver = 0
  local first = (isOwn or not value) and redis.call('LPOP', line)
  -- The numbers above a drawn one are its block's: whoever follows in line needs no counter.
  local granted = isOwn and tonumber(fence) + 1 or 0
  if first and granted % apart == 0 then granted = drawFence(KEYS[1]) end
  while first do
    local process, number, waiter = string.match(first, '^([^: ]+):?(%d*) (.*)$')
    local channel = string.gsub(KEYS[1], 'fence$', 'turn:' .. process)
    local turn = string.format('%s %.0f', number, granted)
    if process == '-' or redis.call('SPUBLISH', channel, turn) > 0 then
      redis.call('SET', lock, string.format('%.0f %s', granted, waiter), 'PX', grantMs)
      break
    end
    passedOver = passedOver + 1
    first = passedOver < maxPassedOver and redis.call('LPOP', line)
  end
  if isOwn and not first then redis.call('DEL', lock) end
end
return freed
