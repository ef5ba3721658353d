import { type Kysely, sql } from 'kysely';

/**
 * Free seats from the stage to the back: whoever wants the best of them does not read past all that is sold.
 * A seat that is taken leaves the index, which costs its row nothing.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE INDEX free_seats ON seats (performance_id, row_index, number) WHERE status = 'available'`.execute(
    db,
  );
}
