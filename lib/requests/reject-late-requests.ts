import { sql } from 'kysely';
import { callDatabase } from '../db/call-database.ts';
import type { Db } from '../db/client.ts';

const maxRowsPerCall = 1_000;

/**
 * Rejects requests that were not decided before their performance began, as their records would be: no request
 * waits for ever, though its record be among the dead letters. One UPDATE of a bounded number of rows; those that
 * are being decided just now are left to that.
 *
 * @returns how many; call again while it is not 0
 */
export async function rejectLateRequests(db: Db): Promise<number> {
  const { numAffectedRows } = await callDatabase(() =>
    sql`
      UPDATE reservation_requests
      SET status = 'rejected', reason = 'performance-started', decided_at = clock_timestamp()
      WHERE request_id IN (
        SELECT request_id FROM reservation_requests JOIN performances USING (performance_id)
        WHERE reservation_requests.status = 'pending' AND starts_at <= clock_timestamp()
        LIMIT ${maxRowsPerCall} FOR UPDATE OF reservation_requests SKIP LOCKED)`.execute(db),
  );
  return Number(numAffectedRows ?? 0);
}
