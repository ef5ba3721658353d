-- Reads a part of the draw, by ticket.
--
-- KEYS[1] lots
-- KEYS[2] room
-- ARGV[1] ticket after which the part begins
-- ARGV[2] how many at most
-- Returns {'drawn', user, …}, {'undrawn'} without a draw or before the opening, or {'no-room'}.
-- Steps: O(log N), and one for each that is returned.
local lots, room, after, limit = KEYS[1], KEYS[2], tonumber(ARGV[1]), tonumber(ARGV[2])
local fields = redis.call('HMGET', room, 'open', 'draw', 'opensAtMs')
if not fields[1] then return {'no-room'} end
local clock = redis.call('TIME')
local nowMs = clock[1] * 1000 + math.floor(clock[2] / 1000)
if fields[2] ~= '1' or nowMs < tonumber(fields[3]) then return {'undrawn'} end
return {'drawn', unpack(redis.call('ZRANGE', lots, after, after + limit - 1))}
