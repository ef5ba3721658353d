-- Writes the room of a line that does not exist, closed until 'open-line.lua'. Between the two the caller
-- commits the new epoch, so that no ticket is given in an epoch that Postgres may forget.
-- A room that is open is left alone; one that is prepared but whose epoch was not committed is written anew.
--
-- KEYS[1] line, KEYS[2] heartbeats, KEYS[3] admitted, KEYS[4] admitted tickets, KEYS[5] returned, KEYS[6] room,
-- KEYS[7] lots
-- ARGV[1] the last committed epoch
-- ARGV[2] ticket above which this line begins
-- ARGV[3] capacity, ARGV[4] admitPerSecond, ARGV[5] admissionMs, ARGV[6] heartbeatMs, ARGV[7] opensAtMs
-- ARGV[8] paused: 1 or 0
-- ARGV[9] ms without admission from now, in which people may return
-- ARGV[10] ms since 1970 at which the keys expire
-- ARGV[11] draw: 1 or 0
-- ARGV[12] ticket above which those begin that are kept for who comes back too late for the draw
-- Returns {'open'}, {'committed'} (prepared before, its epoch is the last committed one) or {'prepared'}.
-- Steps: O(1); what is left of a line without its room is freed in the background.
local line, heartbeats, admitted = KEYS[1], KEYS[2], KEYS[3]
local admittedTickets, returned, room, lots = KEYS[4], KEYS[5], KEYS[6], KEYS[7]
local committedEpoch, admitPerSecond = ARGV[1], tonumber(ARGV[4])

local found = redis.call('HMGET', room, 'open', 'epoch')
if found[1] then return {'open'} end
if found[2] == committedEpoch then return {'committed'} end

local clock = redis.call('TIME')
local nowUs = clock[1] * 1000000 + clock[2]
redis.call('UNLINK', line, heartbeats, admitted, admittedTickets, returned, room, lots)
redis.call('HSET', room,
  'epoch', committedEpoch + 1,
  'lastTicket', ARGV[2],
  'capacity', ARGV[3],
  'admitPerSecond', admitPerSecond,
  'admissionMs', ARGV[5],
  'heartbeatMs', ARGV[6],
  'opensAtMs', ARGV[7],
  'paused', ARGV[8],
  'resumeAtMs', math.floor(nowUs / 1000) + ARGV[9],
  'microTokens', admitPerSecond * 1000000,
  'filledAtUs', nowUs,
  'nowServing', 0,
  'expireAtMs', ARGV[10],
  'draw', ARGV[11],
  'lastReturn', ARGV[12],
  'stayMs', ARGV[5],
  'stays', 5)
redis.call('PEXPIREAT', room, ARGV[10])
return {'prepared'}
