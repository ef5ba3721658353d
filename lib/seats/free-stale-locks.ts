import { sql } from 'kysely';
import { callDatabase } from '../db/call-database.ts';
import type { Db } from '../db/client.ts';
import type { PerformanceId, SeatId } from '../ids.ts';
import type { Lock } from '../lock/lock.ts';
import { seatLock as seatLockName } from '../redis/keys.ts';

/** More holds of these seats cannot have ended within the time of one hold, but by being made and released. */
const maxHolds = 50;

/**
 * Frees locks that have outlived their hold: Redis was away when it was released. One SELECT of the holds that
 * ended before their time, then a compare-and-delete for each, which leaves the lock of any other hold alone.
 *
 * @returns whether a lock was freed
 */
export async function freeStaleLocks(
  { db, seatLock }: { readonly db: Db; readonly seatLock: Lock },
  performanceId: PerformanceId,
  seatIds: readonly SeatId[],
): Promise<boolean> {
  const ended = await callDatabase(() =>
    db
      .selectFrom('holds')
      .select(['hold_id', 'seat_ids'])
      .where('performance_id', '=', performanceId)
      .where('status', '<>', 'held')
      .where('expires_at', '>', sql<Date>`clock_timestamp()`)
      .where(sql<boolean>`seat_ids && ${seatIds}::text[]`)
      .orderBy('expires_at', 'desc')
      .limit(maxHolds)
      .execute(),
  );
  let freed = 0;
  for (const hold of ended) {
    const names = hold.seat_ids.map((seatId) => seatLockName(performanceId, seatId));
    freed += await seatLock.release(names, hold.hold_id);
  }
  return freed > 0;
}
