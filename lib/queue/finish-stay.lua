-- Ends the admission of `user` that was to last until `finished`, if that is not false.
if finished then
  redis.call('ZREM', admitted, user)
  redis.call('HDEL', admittedTickets, user)
  -- The mean of the stays that ended lately tells how fast places get free.
  stays = math.min(stays + 1, 50)
  stayMs = stayMs + (math.min(admissionMs - finished + nowMs, admissionMs) - stayMs) / stays
  changed = true
end

