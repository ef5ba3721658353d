import { type Kysely, sql } from 'kysely';

/** The lease of the one relay a topic, and the outbox read by topic: a backlog of one is not searched for another. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE relay_leases (
      topic   text PRIMARY KEY,
      holder  text NOT NULL,
      fence   bigint NOT NULL,
      ends_at timestamptz(3) NOT NULL
    )`.execute(db);
  await sql`DROP INDEX outbox_unpublished`.execute(db);
  await sql`CREATE INDEX outbox_unpublished ON outbox (topic, outbox_id) WHERE published_at IS NULL`.execute(
    db,
  );
}
