-- Gives back the locks that the token holds, and grants each free one to the first in its line, who is told
-- (number of the waiter, space, fence) and must claim it before the grant ends: by 'extend-turn.lua', or by
-- 'take-turn.lua' when it cannot know that it is in time.
--
-- KEYS[1]         the fence of the hash tag
-- KEYS[2], [3]; … each lock and its line
-- ARGV[1] token
-- ARGV[2] ms for which a grant waits to be claimed
-- ARGV[3] ms for which the fence is kept
-- ARGV[4] PUBLISH, or SPUBLISH on a cluster
-- ARGV[5] channel of a process, without its id
-- ARGV[6] listener under which the token leaves the lines; '' when it stands in none
-- Returns how many were held by the token.
-- Steps: O(locks + those who wait).
local fenceKey = KEYS[1]
local token, grantMs, keepMs, publish, channel, leaving = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
-- As in 'take-locks.lua'.
local apart = 16
-- Those whose process is gone are passed over, not more of them at a time than this.
local maxPassedOver = 128

-- The numbers above a drawn one are its block's: whoever follows in line needs no counter.
local function nextFence(fence)
  if fence and (fence + 1) % apart ~= 0 then return fence + 1 end
  local time = redis.call('TIME')
  local nowMicros = time[1] * 1000000 + time[2]
  local previous = tonumber(redis.call('GET', fenceKey) or 0)
  local drawn = math.max(previous + apart, nowMicros - nowMicros % apart + apart)
  redis.call('SET', fenceKey, string.format('%.0f', drawn), 'PX', keepMs)
  return drawn
end

local function grantNext(lock, line, fence)
  local granted
  for _ = 1, maxPassedOver do
    local first = redis.call('LPOP', line)
    if not first then return false end
    granted = granted or string.format('%.0f', nextFence(fence))
    local process, number, waiter = string.match(first, '^([^: ]+):?(%d*) (.*)$')
    if process == '-' or redis.call(publish, channel .. process, number .. ' ' .. granted) > 0 then
      redis.call('SET', lock, granted .. ' ' .. waiter, 'PX', grantMs)
      return true
    end
  end
  return false
end

local freed = 0
for position = 2, #KEYS, 2 do
  local lock, line = KEYS[position], KEYS[position + 1]
  if leaving ~= '' then
    redis.call('LREM', line, 0, leaving .. ' ' .. token)
    redis.call('LREM', line, 0, '- ' .. token)
  end
  local value = redis.call('GET', lock)
  local fence, holder = string.match(value or '', '^(%d+) (.*)$')
  if holder == token then
    freed = freed + 1
    if not grantNext(lock, line, tonumber(fence)) then redis.call('DEL', lock) end
  elseif not value then
    grantNext(lock, line)
  end
end
return freed
