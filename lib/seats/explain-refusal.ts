import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { callDatabase } from '../db/call-database.ts';
import type { Db } from '../db/client.ts';
import { Problem } from '../errors.ts';
import type { PerformanceId, SeatId, UserId } from '../ids.ts';
import type { Lock } from '../lock/lock.ts';
import { countSeats } from './count-seats.ts';
import { findOwnHold } from './find-own-hold.ts';
import { freeStaleLocks } from './free-stale-locks.ts';
import type { Hold } from './hold.ts';

export interface RefusedHold {
  readonly performanceId: PerformanceId;
  readonly userId: UserId;
  readonly seatIds: readonly SeatId[];
  readonly maxSeatsPerUser: number;
}

/** How long a hold may be between its lock and its COMMIT before it no longer counts as just being made. */
const tries = 6;
const pauseMs = 40;

/**
 * Why seats were not given. The answer comes from Postgres, in the order of the contract: one's own hold of
 * exactly these seats, then the limit, then the seats. Three SELECTs; again, a few times, while a seat is
 * locked in Redis and still free in Postgres: somebody's hold, maybe one's own, is just being written, or a
 * lock has outlived its hold and is freed.
 *
 * @param lockedSeatIds the seats whose locks were found taken
 * @returns one's own live hold of exactly these seats; undefined when they are free after all: ask again
 * @throws Problem `seat-limit`, `seat-unavailable`
 */
export async function explainRefusal(
  services: { readonly db: Db; readonly seatLock: Lock },
  refused: RefusedHold,
  lockedSeatIds: readonly SeatId[],
): Promise<Hold | undefined> {
  const { performanceId, userId, seatIds, maxSeatsPerUser } = refused;
  for (let tried = 1; tried <= tries; tried++) {
    if (tried > 1) await sleep(pauseMs);
    // One's own hold is read last: one that was just written must not be counted, or seen as taken, unknown.
    const takenSeatIds = await readTaken(services.db, seatIds);
    const seatCount = await callDatabase(() => countSeats(services.db, performanceId, userId));
    const own = await callDatabase(() => findOwnHold(services.db, performanceId, userId, seatIds));
    if (own !== undefined) return own;
    if (seatCount + seatIds.length > maxSeatsPerUser) throw seatLimit(maxSeatsPerUser);
    const onlyLocked = lockedSeatIds.filter((seatId) => !takenSeatIds.includes(seatId));
    if (takenSeatIds.length > 0) throw seatUnavailable([...takenSeatIds, ...onlyLocked]);
    if (lockedSeatIds.length === 0 || (await freeStaleLocks(services, performanceId, onlyLocked)))
      return undefined;
  }
  throw seatUnavailable(lockedSeatIds);
}

export const seatLimit = (maxSeatsPerUser: number) =>
  new Problem('seat-limit', `One person may have ${maxSeatsPerUser} seats of this performance.`);

const seatUnavailable = (seatIds: readonly SeatId[]) =>
  new Problem('seat-unavailable', 'Somebody else was faster; choose other seats.', { seatIds });

async function readTaken(db: Db, seatIds: readonly SeatId[]): Promise<SeatId[]> {
  const rows = await callDatabase(() =>
    db
      .selectFrom('seats')
      .select('seat_id')
      .where('seat_id', 'in', seatIds)
      .where((seat) =>
        seat.or([seat('status', '=', 'sold'), seat('held_until', '>', sql<Date>`clock_timestamp()`)]),
      )
      .orderBy('seat_id')
      .execute(),
  );
  return rows.map((row) => row.seat_id);
}
