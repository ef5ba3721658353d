import { type Kysely, sql } from 'kysely';

/**
 * Wallets, the double-entry ledger, reservations and idempotency.
 * Every rule that money depends on is a constraint here, so that it holds without any lock.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE wallets (
      user_id text PRIMARY KEY,
      balance bigint NOT NULL DEFAULT 0 CHECK (balance BETWEEN 0 AND 1000000000000),
      fence   bigint NOT NULL DEFAULT 0
    )`.execute(db);

  await sql`
    CREATE TABLE ledger_entries (
      entry_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      transfer_id   text NOT NULL,
      account       text NOT NULL CHECK (account IN ('wallet', 'issued', 'sales')),
      user_id       text REFERENCES wallets,
      kind          text NOT NULL CHECK (kind IN ('charge', 'payment', 'refund')),
      amount        bigint NOT NULL,
      balance_after bigint CHECK (balance_after >= 0),
      reference_id  text NOT NULL,
      created_at    timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
      UNIQUE (transfer_id, account),
      CHECK ((account = 'wallet') = (user_id IS NOT NULL)),
      CHECK ((account = 'wallet') = (balance_after IS NOT NULL))
    )`.execute(db);
  await sql`CREATE INDEX ledger_entries_of_user ON ledger_entries (user_id, entry_id) WHERE account = 'wallet'`.execute(
    db,
  );

  await sql`
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END $$`.execute(db);
  await sql`
    CREATE TRIGGER ledger_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`.execute(db);

  await sql`
    CREATE FUNCTION refuse_unbalanced_transfer() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (SELECT FROM added GROUP BY transfer_id HAVING sum(amount) <> 0 OR count(*) < 2) THEN
        RAISE EXCEPTION 'the entries of a transfer are written together and sum to zero'
          USING ERRCODE = 'check_violation';
      END IF;
      RETURN NULL;
    END $$`.execute(db);
  await sql`
    CREATE TRIGGER ledger_balances AFTER INSERT ON ledger_entries
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_unbalanced_transfer()`.execute(
    db,
  );

  await sql`
    CREATE TABLE charges (
      charge_id       text PRIMARY KEY,
      user_id         text NOT NULL REFERENCES wallets,
      amount          bigint NOT NULL CHECK (amount > 0),
      idempotency_key text NOT NULL,
      created_at      timestamptz(3) NOT NULL DEFAULT clock_timestamp()
    )`.execute(db);
  await sql`CREATE INDEX charges_of_user ON charges (user_id, idempotency_key)`.execute(db);

  await sql`
    CREATE TABLE reservations (
      reservation_id text PRIMARY KEY,
      sequence       bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
      performance_id text NOT NULL REFERENCES performances,
      user_id        text NOT NULL,
      hold_id        text NOT NULL UNIQUE REFERENCES holds,
      seat_ids       text[] NOT NULL,
      amount         bigint NOT NULL CHECK (amount >= 0),
      status         text NOT NULL CHECK (status IN ('confirmed', 'cancelled')),
      created_at     timestamptz(3) NOT NULL DEFAULT clock_timestamp()
    )`.execute(db);
  await sql`CREATE INDEX reservations_of_user ON reservations (user_id, sequence)`.execute(db);
  await sql`ALTER TABLE seats ADD FOREIGN KEY (reservation_id) REFERENCES reservations`.execute(db);

  await sql`
    CREATE TABLE reservation_seats (
      reservation_id text NOT NULL REFERENCES reservations,
      seat_id        text NOT NULL REFERENCES seats,
      cancelled_at   timestamptz(3),
      PRIMARY KEY (reservation_id, seat_id)
    )`.execute(db);
  await sql`CREATE UNIQUE INDEX one_reservation_a_seat ON reservation_seats (seat_id) WHERE cancelled_at IS NULL`.execute(
    db,
  );

  await sql`
    CREATE TABLE payments (
      payment_id     text PRIMARY KEY,
      user_id        text NOT NULL REFERENCES wallets,
      hold_id        text NOT NULL UNIQUE REFERENCES holds,
      reservation_id text NOT NULL UNIQUE REFERENCES reservations,
      amount         bigint NOT NULL CHECK (amount >= 0),
      created_at     timestamptz(3) NOT NULL DEFAULT clock_timestamp()
    )`.execute(db);

  await sql`
    CREATE TABLE idempotency_keys (
      user_id      text NOT NULL,
      operation    text NOT NULL,
      key          text NOT NULL,
      request_hash text NOT NULL,
      status       integer,
      body         text,
      created_at   timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
      PRIMARY KEY (user_id, operation, key)
    )`.execute(db);
  await sql`CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at)`.execute(db);
}
