import { sql } from 'kysely';
import type { Db } from '../db/client.ts';
import type { Tx } from '../db/transaction.ts';
import type { PerformanceId, UserId } from '../ids.ts';

/**
 * How many seats one person has of one performance, by live holds and confirmed reservations together. One
 * statement, so that seats that are being paid are counted once. The answer lasts only while other holds of the
 * person are kept out.
 */
export async function countSeats(db: Db | Tx, performanceId: PerformanceId, userId: UserId): Promise<number> {
  const { rows } = await sql<{ seats: number }>`
    SELECT coalesce(sum(cardinality(seat_ids)), 0)::bigint AS seats FROM (
      SELECT seat_ids FROM holds
      WHERE user_id = ${userId} AND performance_id = ${performanceId}
        AND status = 'held' AND expires_at > clock_timestamp()
      UNION ALL
      SELECT seat_ids FROM reservations
      WHERE user_id = ${userId} AND performance_id = ${performanceId} AND status = 'confirmed'
    ) AS had`.execute(db);
  return rows[0]?.seats ?? 0;
}
