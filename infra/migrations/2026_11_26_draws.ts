import { type Kysely, sql } from 'kysely';

/** The seed of a draw, in hex. Nothing but the functions may read it before the performance opens. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    ALTER TABLE performances
      ADD draw_seed text CHECK (draw_seed ~ '^[0-9a-f]{64}$'),
      ADD CHECK (draw = (draw_seed IS NOT NULL))`.execute(db);
}
