import { type Kysely, sql } from 'kysely';

/** The outbox, and what the consumer of its events keeps: the seat map and the tickets. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE outbox (
      outbox_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      event_id     text NOT NULL UNIQUE,
      topic        text NOT NULL,
      key          text NOT NULL,
      payload      text NOT NULL,
      created_at   timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
      published_at timestamptz(3)
    )`.execute(db);
  await sql`CREATE INDEX outbox_unpublished ON outbox (outbox_id) WHERE published_at IS NULL`.execute(db);
  await sql`CREATE INDEX outbox_published ON outbox (published_at) WHERE published_at IS NOT NULL`.execute(
    db,
  );

  await sql`
    CREATE TABLE seat_map (
      seat_id        text PRIMARY KEY REFERENCES seats,
      performance_id text NOT NULL REFERENCES performances,
      status         text NOT NULL CHECK (status IN ('available', 'held', 'sold')),
      hold_id        text,
      version        integer NOT NULL,
      changed_at     timestamptz(3) NOT NULL
    )`.execute(db);
  await sql`CREATE INDEX seat_map_of_performance ON seat_map (performance_id)`.execute(db);

  await sql`
    CREATE TABLE tickets (
      ticket_id      text PRIMARY KEY,
      reservation_id text NOT NULL REFERENCES reservations,
      seat_id        text NOT NULL REFERENCES seats,
      created_at     timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
      UNIQUE (reservation_id, seat_id)
    )`.execute(db);
}
