import { type Kysely, sql } from 'kysely';

/**
 * What the books are by rule and not by habit: which accounts a kind moves points between, and which way; one
 * transfer a charge, a payment and a refund; each entry of a wallet follows from the one before it. The triggers
 * also fire where `session_replication_role` silences others.
 *
 * A refund may lift a balance above what may be charged: the limit is a rule about charges from here on.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    ALTER TABLE ledger_entries
      ADD CONSTRAINT account_of_kind CHECK (
        account = 'wallet' OR account = CASE kind WHEN 'charge' THEN 'issued' ELSE 'sales' END),
      ADD CONSTRAINT direction_of_kind CHECK (
        CASE WHEN (kind = 'payment') = (account = 'wallet') THEN amount <= 0 ELSE amount >= 0 END),
      ADD CONSTRAINT charge_within_limit CHECK (kind <> 'charge' OR balance_after <= 1000000000000)`.execute(
    db,
  );
  await sql`CREATE UNIQUE INDEX one_transfer_a_reference ON ledger_entries (reference_id, kind, account)`.execute(
    db,
  );
  await sql`
    ALTER TABLE wallets
      DROP CONSTRAINT wallets_balance_check,
      ADD CONSTRAINT wallets_balance_check CHECK (balance BETWEEN 0 AND 9007199254740991)`.execute(db);

  await sql`
    CREATE OR REPLACE FUNCTION refuse_unbalanced_transfer() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (
        SELECT FROM added GROUP BY transfer_id
        HAVING sum(amount) <> 0 OR count(*) <> 2 OR count(user_id) <> 1 OR count(DISTINCT (kind, reference_id)) <> 1
      ) THEN
        RAISE EXCEPTION 'the entries of a transfer are written together and sum to zero'
          USING ERRCODE = 'check_violation';
      END IF;
      RETURN NULL;
    END $$`.execute(db);

  // The wallets are locked by a statement of their own, so that the next one sees what was committed meanwhile.
  await sql`
    CREATE FUNCTION refuse_broken_chain() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM FROM wallets WHERE user_id IN (SELECT user_id FROM added) ORDER BY user_id FOR NO KEY UPDATE;
      IF EXISTS (
        SELECT FROM added JOIN wallets USING (user_id)
        WHERE added.balance_after <> wallets.balance
          OR added.balance_after <> added.amount + coalesce((
            SELECT before.balance_after FROM ledger_entries AS before
            WHERE before.account = 'wallet' AND before.user_id = added.user_id AND before.entry_id < added.entry_id
            ORDER BY before.entry_id DESC LIMIT 1), 0)
          OR EXISTS (
            SELECT FROM ledger_entries AS after
            WHERE after.account = 'wallet' AND after.user_id = added.user_id AND after.entry_id > added.entry_id)
      ) THEN
        RAISE EXCEPTION 'an entry of a wallet follows the one before and leaves the balance of the wallet'
          USING ERRCODE = 'check_violation';
      END IF;
      RETURN NULL;
    END $$`.execute(db);
  await sql`
    CREATE TRIGGER ledger_is_chained AFTER INSERT ON ledger_entries
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_broken_chain()`.execute(db);
  for (const trigger of ['ledger_is_append_only', 'ledger_balances', 'ledger_is_chained']) {
    await sql`ALTER TABLE ledger_entries ENABLE ALWAYS TRIGGER ${sql.id(trigger)}`.execute(db);
  }
}
