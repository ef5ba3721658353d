-- Verifies the books in one statement: a row a fault, none when all is well.
--   psql "$DATABASE_URL" -f infra/audit/books.sql
-- 1. A transfer has two entries of one kind and one reference: a wallet's and its counter account's, which sum to zero
--    and go the way of their kind.
-- 2. Each entry of a wallet leaves the balance that the one before it left, and its own amount.
-- 3. A wallet has the balance that its last entry left, which is the sum of all of them.
-- 4. Each charge, each payment and each cancelled payment has exactly one transfer, of its user and amount, and no
--    transfer is without one of these.
WITH transfers AS (
  SELECT transfer_id, min(kind) AS kind, min(reference_id) AS reference_id, min(user_id) AS user_id,
         coalesce(sum(amount) FILTER (WHERE account = 'wallet'), 0) AS amount, sum(amount) AS total, count(*) AS entries,
         count(*) = 2 AND sum(amount) = 0 AND count(DISTINCT (kind, reference_id)) = 1
           AND count(*) FILTER (WHERE account = 'wallet') = 1
           AND count(*) FILTER (WHERE account = CASE kind WHEN 'charge' THEN 'issued' ELSE 'sales' END) = 1
           AND bool_and(CASE WHEN (kind = 'payment') = (account = 'wallet') THEN amount <= 0 ELSE amount >= 0 END)
           AS is_whole
    FROM ledger_entries GROUP BY transfer_id
), chain AS (
  SELECT entry_id, user_id, amount, balance_after,
         coalesce(lag(balance_after) OVER wallet, 0) AS balance_before,
         lead(entry_id) OVER wallet IS NULL AS is_last, sum(amount) OVER wallet AS total
    FROM ledger_entries WHERE account = 'wallet' WINDOW wallet AS (PARTITION BY user_id ORDER BY entry_id)
), causes AS (
  SELECT 'charge' AS kind, charge_id AS reference_id, user_id, amount FROM charges
  UNION ALL SELECT 'payment', payment_id, user_id, -amount FROM payments
  UNION ALL SELECT 'refund', payment_id, payments.user_id, payments.amount
    FROM payments JOIN reservations USING (reservation_id) WHERE reservations.status = 'cancelled'
)
SELECT 'transfer' AS what, transfer_id AS id, format('%s entries that sum to %s', entries, total) AS fault
  FROM transfers WHERE NOT is_whole
UNION ALL
SELECT 'entry', entry_id::text, format('%s after %s and %s, of %s', balance_after, balance_before, amount, user_id)
  FROM chain WHERE balance_after <> balance_before + amount OR balance_after < 0
UNION ALL
SELECT 'wallet', wallets.user_id, format('%s, its entries say %s', balance, coalesce(total, 0))
  FROM wallets LEFT JOIN chain ON chain.user_id = wallets.user_id AND is_last
 WHERE balance <> coalesce(total, 0) OR balance <> coalesce(balance_after, 0)
UNION ALL
SELECT coalesce(causes.kind, transfers.kind), coalesce(causes.reference_id, transfers.reference_id),
       format('of %s for %s, transferred %s for %s', causes.amount, causes.user_id, transfers.amount, transfers.user_id)
  FROM causes FULL JOIN transfers USING (kind, reference_id)
 WHERE causes.amount IS DISTINCT FROM transfers.amount OR causes.user_id IS DISTINCT FROM transfers.user_id
UNION ALL
SELECT kind, reference_id, format('%s transfers', count(*))
  FROM transfers GROUP BY kind, reference_id HAVING count(*) > 1;
