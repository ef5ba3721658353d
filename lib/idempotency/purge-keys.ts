import { sql } from 'kysely';
import { callDatabase } from '../db/call-database.ts';
import type { Db } from '../db/client.ts';

const maxRowsPerCall = 1_000;
/** The contract promises 24; the difference is for clocks and for a sweep that comes late. */
const keptForHours = 25;

/**
 * Deletes keys that have lasted as long as was promised, a bounded number. One DELETE.
 *
 * @returns how many; call again while it is not 0
 */
export async function purgeKeys(db: Db): Promise<number> {
  const { numAffectedRows } = await callDatabase(() =>
    sql`
      DELETE FROM idempotency_keys WHERE (user_id, operation, key) IN (
        SELECT user_id, operation, key FROM idempotency_keys
        WHERE created_at < now() - make_interval(hours => ${keptForHours})
        LIMIT ${maxRowsPerCall})`.execute(db),
  );
  return Number(numAffectedRows ?? 0);
}
