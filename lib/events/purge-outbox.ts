import { sql } from 'kysely';
import { callDatabase } from '../db/call-database.ts';
import type { Db } from '../db/client.ts';

const maxRowsPerCall = 1_000;
const keptForHours = 24;

/**
 * Deletes records that were published a day ago, a bounded number. One DELETE.
 *
 * @returns how many; call again while it is not 0
 */
export async function purgeOutbox(db: Db): Promise<number> {
  const { numAffectedRows } = await callDatabase(() =>
    sql`
      DELETE FROM outbox WHERE outbox_id IN (
        SELECT outbox_id FROM outbox
        WHERE published_at < now() - make_interval(hours => ${keptForHours})
        LIMIT ${maxRowsPerCall})`.execute(db),
  );
  return Number(numAffectedRows ?? 0);
}
