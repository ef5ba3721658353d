import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { callDatabase } from '../db/call-database.ts';
import type { Db } from '../db/client.ts';
import { Problem } from '../errors.ts';
import type { PerformanceId, SeatId, UserId } from '../ids.ts';
import type { Hold } from './hold.ts';
import { readHoldings } from './read-holdings.ts';

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
 * locked in Redis and still free in Postgres: somebody's hold, maybe one's own, is just being written.
 *
 * @param lockedSeatIds the seats whose locks were found taken
 * @returns one's own live hold of exactly these seats
 * @throws Problem `seat-limit`, `seat-unavailable`; `unavailable` when the seats seem free after all
 */
export async function explainRefusal(
  db: Db,
  refused: RefusedHold,
  lockedSeatIds: readonly SeatId[],
): Promise<Hold> {
  for (let tried = 1; tried <= tries; tried++) {
    if (tried > 1) await sleep(pauseMs);
    const { liveHolds, seatCount } = await callDatabase(() =>
      readHoldings(db, refused.performanceId, refused.userId),
    );
    const own = liveHolds.find((hold) => sameSeats(hold.seatIds, refused.seatIds));
    if (own !== undefined) return own;
    if (seatCount + refused.seatIds.length > refused.maxSeatsPerUser)
      throw seatLimit(refused.maxSeatsPerUser);
    const takenSeatIds = await readTaken(db, refused.seatIds);
    if (lockedSeatIds.every((seatId) => takenSeatIds.includes(seatId)) && takenSeatIds.length > 0) {
      throw seatUnavailable(takenSeatIds);
    }
  }
  if (lockedSeatIds.length > 0) throw seatUnavailable(lockedSeatIds);
  throw new Problem('unavailable', 'The seats were given and taken back at this moment; ask again.');
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

const sameSeats = (some: readonly SeatId[], others: readonly SeatId[]) =>
  some.length === others.length && new Set([...some, ...others]).size === some.length;
