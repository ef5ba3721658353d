-- Takes every lock or none, in turn: a free lock belongs to the first in its line. Who waits for one lock
-- stands in its line from then on; calling again keeps the place, claims a grant, and ends the waiting.
--
-- The value of a lock is its fence, a space and the token of its holder. A member of a line is its listener
-- (process ':' number of the waiter; '-' when nobody listens and it comes back by itself), a space and the token.
--
-- KEYS[1]         the fence of the hash tag
-- KEYS[2], [3]; … each lock and its line; one lock alone when waiting
-- ARGV[1] token
-- ARGV[2] lease in ms
-- ARGV[3] listener, who is told of the turn; absent: does not wait
-- ARGV[4] listener as of the call before; absent on the first
-- Returns the fence when all are held
--   {'taken', position, …} of every lock that is not to be had, from 1
--   {'waiting', ms until the holder's lease ends, -1 unless looked up,
--   1 when the place was gone (turn missed, line lost) and the token stands in front again with '-', else 0,
--   1 when nobody holds the lock and the first in line must be told, else 0}
-- Steps: O(locks + those who wait).
local token, leaseMs, listener, former = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local taken, vacant, ownFence = {'taken'}, false, false
-- Mostly there is neither a holder nor a line, which one command tells.
local known = redis.call('EXISTS', unpack(KEYS, 2)) > 0 and (#KEYS - 1) / 2 or 0
for position = 1, known do
  local value = redis.call('GET', KEYS[2 * position])
  if value then
    local fence, holder = string.match(value, '^(%d+) (.*)$')
    if (holder or value) == token then ownFence = fence else taken[#taken + 1] = position end
  else
    local first = redis.call('LINDEX', KEYS[2 * position + 1], 0)
    if first and first ~= (former or '') .. ' ' .. token then
      taken[#taken + 1] = position
      vacant = true
    end
  end
end

if #taken == 1 then
  if ownFence and #KEYS == 3 then
    redis.call('PEXPIRE', KEYS[2], leaseMs)
    return tonumber(ownFence)
  end
  local drawn = drawFence(KEYS[1])
  for position = 1, (#KEYS - 1) / 2 do
    redis.call('SET', KEYS[2 * position], string.format('%.0f %s', drawn, token), 'PX', leaseMs)
  end
  if former then redis.call('LREM', KEYS[3], 1, former .. ' ' .. token) end
  return drawn
end

if not listener then return taken end
local lock, line = KEYS[2], KEYS[3]
local watches, again = true, 0
if not former then
  -- The first in line alone must see the end of the lease by itself: it wakes the others.
  watches = redis.call('RPUSH', line, listener .. ' ' .. token) == 1
else
  local place = redis.call('LPOS', line, former .. ' ' .. token)
  if not place then
    redis.call('LREM', line, 0, '- ' .. token)
    redis.call('LPUSH', line, '- ' .. token)
    again = 1
  elseif listener ~= former then
    redis.call('LSET', line, place, listener .. ' ' .. token)
  end
end
if watches then redis.call('PEXPIRE', line, keepMs) end
return {'waiting', watches and redis.call('PTTL', lock) or -1, again, vacant and 1 or 0}
