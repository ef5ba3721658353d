-- How every script about a room begins: names the keys and reads the room's numbers. They lie packed in one field, since
-- to read and convert them one by one takes longer than all the rest of a poll; in the order of 'closing.lua' and
-- 'room-numbers.ts', and all 0 when there is no room. With another list the field needs another name: rooms of the old
-- list then count as lost, where bytes that do not fit would fail every command.
-- What follows in the same chunk uses these names as they are: a function that used them would be made anew, with a
-- reference to each, at every call, which is dearer than a command.
--
-- KEYS[1] line, KEYS[2] heartbeats, KEYS[3] admitted, KEYS[4] admitted tickets, KEYS[5] returned, KEYS[6] room,
-- KEYS[7] lots: see lib/redis/keys.ts
local line, heartbeats, admitted = KEYS[1], KEYS[2], KEYS[3]
local admittedTickets, returned, room, lots = KEYS[4], KEYS[5], KEYS[6], KEYS[7]
local open, epoch, capacity, admitPerSecond, admissionMs, heartbeatMs, opensAtMs, paused, resumeAtMs, microTokens,
  filledAtUs, nowServing, expireAtMs, draw, stayMs, stays, dueAtMs = struct.unpack('<ddddddddddddddddd',
  redis.call('HGET', room, 'numbers') or string.rep('\0', 17 * 8))
-- Whether the numbers are to be written back, and what is answered: see 'closing.lua'.
local changed, reply = false, nil

