-- What receipts and tickets are worth; follows 'opening.lua'.

-- Receipts of a lost line are worth nothing any more to these users; answers how many could still have used one.
-- Not for the first line, which has none before it.
local function spendReceipts(returned, expireAtMs, ...)
  local spent = redis.call('SADD', returned, ...)
  redis.call('PEXPIREAT', returned, expireAtMs)
  return spent
end

-- The ticket behind a score of the line. A lot is below 1 and stands for its rank among all that were drawn.
local function ticketAt(lots, user, score)
  if tonumber(score) >= 1 then return tonumber(score) end
  return redis.call('ZRANK', lots, user) + 1
end

