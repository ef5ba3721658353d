-- How every script that may change a room's numbers ends; see 'room.lua'.
if changed then
  redis.call('HSET', room, 'numbers', struct.pack('<ddddddddddddddddd', open, epoch, capacity, admitPerSecond,
    admissionMs, heartbeatMs, opensAtMs, paused, resumeAtMs, microTokens, filledAtUs, nowServing, expireAtMs, draw,
    stayMs, stays, dueAtMs))
end
return reply
