-- Writes the room of a line that does not exist, closed until 'open-line.lua'. Between the two the caller
-- commits the new epoch, so that no ticket is given in an epoch that Postgres may forget.
-- A room that is open is left alone; one that is prepared but whose epoch was not committed is written anew.
-- Follows 'room.lua'.
--
-- ARGV[1] the last committed epoch
-- ARGV[2] ticket above which this line begins
-- ARGV[3] capacity, ARGV[4] admitPerSecond, ARGV[5] admissionMs, ARGV[6] heartbeatMs, ARGV[7] opensAtMs
-- ARGV[8] paused: 1 or 0
-- ARGV[9] ms without admission from now, in which people may return
-- ARGV[10] ms since 1970 at which the keys expire
-- ARGV[11] draw: 1 or 0
-- ARGV[12] ticket above which those begin that are kept for who comes back too late for the draw
-- Answers {'open'}, {'committed'} (prepared before, its epoch is the last committed one) or {'prepared'}.
-- Steps: O(1); what is left of a line without its room is freed in the background.
local committedEpoch = tonumber(ARGV[1])
if open == 1 then return {'open'} end
if epoch > 0 and epoch == committedEpoch then return {'committed'} end

local clock = redis.call('TIME')
local nowUs = clock[1] * 1000000 + clock[2]
redis.call('UNLINK', line, heartbeats, admitted, admittedTickets, returned, room, lots)
redis.call('HSET', room, 'lastTicket', ARGV[2], 'lastReturn', ARGV[12])
redis.call('PEXPIREAT', room, ARGV[10])
epoch, nowServing, stays = committedEpoch + 1, 0, 5
capacity, admitPerSecond, paused = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[8])
admissionMs, heartbeatMs, stayMs = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[5])
opensAtMs, resumeAtMs, expireAtMs = tonumber(ARGV[7]), math.floor(nowUs / 1000) + ARGV[9], tonumber(ARGV[10])
microTokens, filledAtUs, draw, dueAtMs = admitPerSecond * 1000000, nowUs, tonumber(ARGV[11]), expireAtMs
changed, reply = true, {'prepared'}
