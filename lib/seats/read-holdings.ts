import { sql } from 'kysely';
import type { Db } from '../db/client.ts';
import type { Tx } from '../db/transaction.ts';
import type { PerformanceId, UserId } from '../ids.ts';
import { type Hold, toHold } from './hold.ts';

/** What one person has of one performance. */
export interface Holdings {
  readonly liveHolds: readonly Hold[];
  /** Seats of live holds and of confirmed reservations together. */
  readonly seatCount: number;
}

/** Two SELECTs. What they say lasts only as long as `lockHolder` keeps the person's other holds out. */
export async function readHoldings(
  db: Db | Tx,
  performanceId: PerformanceId,
  userId: UserId,
): Promise<Holdings> {
  const rows = await db
    .selectFrom('holds')
    .selectAll()
    .where('user_id', '=', userId)
    .where('performance_id', '=', performanceId)
    .where('status', '=', 'held')
    .where('expires_at', '>', sql<Date>`clock_timestamp()`)
    .execute();
  const reserved = await db
    .selectFrom('reservations')
    .select(sql<number>`coalesce(sum(cardinality(seat_ids)), 0)`.as('seats'))
    .where('user_id', '=', userId)
    .where('performance_id', '=', performanceId)
    .where('status', '=', 'confirmed')
    .executeTakeFirstOrThrow();
  const held = rows.reduce((count, row) => count + row.seat_ids.length, 0);
  return { liveHolds: rows.map(toHold), seatCount: held + reserved.seats };
}
