-- Reads a part of the draw, by ticket. Follows 'room.lua'.
--
-- ARGV[1] ticket after which the part begins
-- ARGV[2] how many at most
-- Answers {'drawn', user, …}, {'undrawn'} without a draw or before the opening, or {'no-room'}.
-- Steps: O(log N), and one for each that is returned.
local after, limit = tonumber(ARGV[1]), tonumber(ARGV[2])
if open == 0 then return {'no-room'} end
local clock = redis.call('TIME')
local nowMs = clock[1] * 1000 + math.floor(clock[2] / 1000)
if draw == 0 or nowMs < opensAtMs then return {'undrawn'} end
reply = {'drawn', unpack(redis.call('ZRANGE', lots, after, after + limit - 1))}
