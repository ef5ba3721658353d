-- The waiter is alive: from now, or from the opening when that is still to come. Where the budget of polls lets people
-- come back later than the heartbeat, the place is kept for twice the longest time that they are told; see
-- 'poll-interval.ts'.
--
-- ARGV[2] polls a second for the whole line
local waiting = redis.call('ZCARD', line)
if score then
  local keptMs = heartbeatMs
  if 8000 * waiting > heartbeatMs * ARGV[2] then keptMs = math.ceil(8000 * waiting / ARGV[2]) end
  local deadlineMs = math.max(nowMs, opensAtMs) + keptMs
  redis.call('ZADD', heartbeats, deadlineMs, user)
  if deadlineMs < dueAtMs then dueAtMs, changed = deadlineMs, true end
  if waiting == 1 then
    -- The line may just have been born with this user: only then does it need its end.
    redis.call('PEXPIREAT', line, expireAtMs)
    redis.call('PEXPIREAT', heartbeats, expireAtMs)
  end
end

