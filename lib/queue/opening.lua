-- How every command of the waiting room begins: names the keys, reads the clock and the settings, and removes
-- what is due. 'tickets.lua', 'admission.lua' and the command follow in the same chunk and use these names.
--
-- KEYS[1] line, KEYS[2] heartbeats, KEYS[3] admitted, KEYS[4] admitted tickets, KEYS[5] returned, KEYS[6] room,
-- KEYS[7] lots: see lib/redis/keys.ts
-- Ends the command with {'no-room'} when the line was never opened or is lost.
-- Steps: at most `batch` waiters and `batch` admissions removed, O(log N) each; the next call goes on.
local line, heartbeats, admitted = KEYS[1], KEYS[2], KEYS[3]
local admittedTickets, returned, room, lots = KEYS[4], KEYS[5], KEYS[6], KEYS[7]
local batch = 100

local fields = redis.call('HMGET', room, 'open', 'epoch', 'capacity', 'admitPerSecond', 'admissionMs',
  'heartbeatMs', 'opensAtMs', 'paused', 'resumeAtMs', 'microTokens', 'filledAtUs', 'nowServing', 'expireAtMs',
  'draw', 'stayMs', 'stays')
if not fields[1] then return {'no-room'} end
for i, field in ipairs(fields) do fields[i] = tonumber(field) end
local _, epoch, capacity, admitPerSecond, admissionMs, heartbeatMs, opensAtMs, paused, resumeAtMs, microTokens,
  filledAtUs, nowServing, expireAtMs, draw, stayMs, stays = unpack(fields)

local clock = redis.call('TIME')
local nowUs = clock[1] * 1000000 + clock[2]
local nowMs = math.floor(nowUs / 1000)
-- Until then there are lots and no tickets.
local undrawn = draw == 1 and nowMs < opensAtMs

-- So many admissions have ended after so long; the mean of those that ended lately tells how fast places get free.
local function noteStays(count, lastedMs)
  stays = math.min(stays + count, 50)
  stayMs = stayMs + (lastedMs - stayMs) * math.min(count / stays, 1)
  redis.call('HSET', room, 'stayMs', stayMs, 'stays', stays)
end

local lostWaiters = redis.call('ZRANGEBYSCORE', heartbeats, '-inf', nowMs, 'LIMIT', 0, batch)
if #lostWaiters > 0 then
  redis.call('ZREM', heartbeats, unpack(lostWaiters))
  redis.call('ZREM', line, unpack(lostWaiters))
end
local endedAdmissions = redis.call('ZRANGEBYSCORE', admitted, '-inf', nowMs, 'LIMIT', 0, batch)
if #endedAdmissions > 0 then
  redis.call('ZREM', admitted, unpack(endedAdmissions))
  redis.call('HDEL', admittedTickets, unpack(endedAdmissions))
  noteStays(#endedAdmissions, admissionMs)
end

-- Ends the user's admission; answers whether there was one.
local function endAdmission(user)
  local untilMs = redis.call('ZSCORE', admitted, user)
  if not untilMs then return false end
  redis.call('ZREM', admitted, user)
  redis.call('HDEL', admittedTickets, user)
  noteStays(1, math.min(admissionMs - untilMs + nowMs, admissionMs))
  return true
end

