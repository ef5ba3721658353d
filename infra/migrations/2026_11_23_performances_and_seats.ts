import { type Kysely, sql } from 'kysely';

/** Performances, their seats, and the holds on them. Knows no types of the schema: a migration outlives them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE performances (
      performance_id     text PRIMARY KEY,
      sequence           bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
      name               text NOT NULL,
      starts_at          timestamptz(3) NOT NULL,
      opens_at           timestamptz(3) NOT NULL,
      row_count          integer NOT NULL CHECK (row_count BETWEEN 1 AND 100),
      seats_per_row      integer NOT NULL CHECK (seats_per_row BETWEEN 1 AND 500),
      price              bigint NOT NULL CHECK (price BETWEEN 0 AND 10000000),
      capacity           integer NOT NULL CHECK (capacity BETWEEN 1 AND 100000),
      admit_per_second   integer NOT NULL CHECK (admit_per_second BETWEEN 1 AND 100000),
      admission_seconds  integer NOT NULL CHECK (admission_seconds BETWEEN 5 AND 3600),
      heartbeat_seconds  integer NOT NULL CHECK (heartbeat_seconds BETWEEN 5 AND 3600),
      draw               boolean NOT NULL DEFAULT false,
      paused             boolean NOT NULL DEFAULT false,
      hold_seconds       integer NOT NULL CHECK (hold_seconds BETWEEN 2 AND 3600),
      max_seats_per_user integer NOT NULL CHECK (max_seats_per_user BETWEEN 1 AND 20),
      line_epoch         integer NOT NULL DEFAULT 0,
      created_at         timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
      CHECK (starts_at > opens_at)
    )`.execute(db);

  await sql`
    CREATE TABLE holds (
      hold_id        text PRIMARY KEY,
      performance_id text NOT NULL REFERENCES performances,
      user_id        text NOT NULL,
      seat_ids       text[] NOT NULL CHECK (cardinality(seat_ids) BETWEEN 1 AND 20),
      amount         bigint NOT NULL CHECK (amount >= 0),
      fence          bigint NOT NULL,
      status         text NOT NULL CHECK (status IN ('held', 'released', 'paid')),
      extended       boolean NOT NULL DEFAULT false,
      created_at     timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
      expires_at     timestamptz(3) NOT NULL,
      ended_at       timestamptz(3),
      CHECK ((status = 'held') = (ended_at IS NULL))
    )`.execute(db);
  await sql`CREATE INDEX holds_of_user ON holds (user_id, performance_id) WHERE status = 'held'`.execute(db);

  await sql`
    CREATE INDEX holds_ended_early ON holds (performance_id, expires_at) WHERE status <> 'held'`.execute(db);

  await sql`
    CREATE TABLE seats (
      seat_id        text PRIMARY KEY,
      performance_id text NOT NULL REFERENCES performances,
      row_label      text NOT NULL,
      row_index      integer NOT NULL,
      number         integer NOT NULL,
      price          bigint NOT NULL CHECK (price >= 0),
      status         text NOT NULL DEFAULT 'available' CHECK (status IN ('available', 'held', 'sold')),
      hold_id        text REFERENCES holds,
      held_until     timestamptz(3),
      reservation_id text,
      fence          bigint NOT NULL DEFAULT 0,
      version        integer NOT NULL DEFAULT 0,
      UNIQUE (performance_id, row_index, number),
      CHECK ((status = 'held') = (held_until IS NOT NULL)),
      CHECK ((status = 'held') = (hold_id IS NOT NULL)),
      CHECK ((status = 'sold') = (reservation_id IS NOT NULL))
    )`.execute(db);
  await sql`CREATE INDEX seats_by_expiry ON seats (held_until) WHERE status = 'held'`.execute(db);
}
