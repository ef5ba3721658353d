import { type Kysely, sql } from 'kysely';

/** Requests for a seat, each decided by the consumer of its record. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE reservation_requests (
      request_id     text PRIMARY KEY,
      performance_id text NOT NULL REFERENCES performances,
      seat_id        text NOT NULL REFERENCES seats,
      user_id        text NOT NULL,
      status         text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'held', 'rejected')),
      hold_id        text UNIQUE REFERENCES holds,
      reason         text,
      created_at     timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
      decided_at     timestamptz(3),
      CHECK ((status = 'pending') = (decided_at IS NULL)),
      CHECK ((status = 'held') = (hold_id IS NOT NULL)),
      CHECK ((status = 'rejected') = (reason IS NOT NULL))
    )`.execute(db);
  await sql`
    CREATE INDEX reservation_requests_pending ON reservation_requests (performance_id) WHERE status = 'pending'`.execute(
    db,
  );
}
