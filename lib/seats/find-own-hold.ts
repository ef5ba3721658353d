import { sql } from 'kysely';
import type { Db } from '../db/client.ts';
import type { PerformanceId, SeatId, UserId } from '../ids.ts';
import { type Hold, toHold } from './hold.ts';

/** The live hold that a person has of exactly these seats, in whatever order. One SELECT. */
export async function findOwnHold(
  db: Db,
  performanceId: PerformanceId,
  userId: UserId,
  seatIds: readonly SeatId[],
): Promise<Hold | undefined> {
  const row = await db
    .selectFrom('holds')
    .selectAll()
    .where('user_id', '=', userId)
    .where('performance_id', '=', performanceId)
    .where('status', '=', 'held')
    .where('expires_at', '>', sql<Date>`clock_timestamp()`)
    .where(sql<boolean>`seat_ids @> ${seatIds}::text[] AND seat_ids <@ ${seatIds}::text[]`)
    .executeTakeFirst();
  return row === undefined ? undefined : toHold(row);
}
