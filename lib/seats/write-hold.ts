import { sql } from 'kysely';
import type { Db } from '../db/client.ts';
import { inTransaction, type Tx } from '../db/transaction.ts';
import { recordEvents } from '../events/record-events.ts';
import type { SeatEvent } from '../events/seat-event.ts';
import type { HoldId, PerformanceId, Points, SeatId, UserId } from '../ids.ts';
import { countSeats } from './count-seats.ts';
import { type Hold, toHold } from './hold.ts';
import { lockSeats } from './lock-seats.ts';
import { type TakenSeat, takeSeats } from './take-seats.ts';

/** One person at one performance. */
export interface Holder {
  readonly performanceId: PerformanceId;
  readonly userId: UserId;
}

export interface HoldToGive extends Holder {
  readonly holdId: HoldId;
  readonly seatIds: readonly SeatId[];
  readonly amount: Points;
  readonly holdSeconds: number;
  readonly fence: number;
}

export interface HoldToWrite extends HoldToGive {
  readonly maxSeatsPerUser: number;
}

/** Thrown inside the transaction, so that it rolls back. */
class NotPossible extends Error {}

/**
 * Writes a hold, its seats and their events in one transaction, which holds by itself, whatever became of
 * the lock before it.
 *
 * @returns undefined when the seats are not all free, were given under a higher fence, or are too many for
 *   the person; nothing was changed
 */
export async function writeHold(db: Db, wanted: HoldToWrite): Promise<Hold | undefined> {
  try {
    return await inTransaction(db, {}, async (tx) => {
      await lockHolder(tx, wanted);
      const seatCount = await countSeats(tx, wanted.performanceId, wanted.userId);
      if (seatCount + wanted.seatIds.length > wanted.maxSeatsPerUser) throw new NotPossible();
      await lockSeats(tx, wanted.seatIds);
      const hold = await giveSeats(tx, wanted);
      if (hold === undefined) throw new NotPossible();
      return hold;
    });
  } catch (error) {
    if (error instanceof NotPossible) return undefined;
    throw error;
  }
}

/**
 * Writes a hold, its seats and their events: three statements. The caller has locked the holder and the seats.
 *
 * @returns undefined when the seats are not all free, or were given under a higher fence; the caller has to roll
 *   back then
 */
export async function giveSeats(tx: Tx, wanted: HoldToGive): Promise<Hold | undefined> {
  const hold = await insertHold(tx, wanted);
  const taken = await takeSeats(tx, { ...wanted, at: hold.created_at, expiresAt: hold.expires_at });
  if (taken.length < wanted.seatIds.length) return undefined;
  await recordEvents(
    tx,
    taken.flatMap((seat) => eventsOf(seat, wanted)),
  );
  return toHold(hold);
}

/**
 * Keeps other holds of the same person and performance out until the transaction ends: without it two at
 * once would each count the seats before the other's are there. Waits also for whoever pays or extends a hold of
 * the person just now: its time may run out before their COMMIT, and it would count neither as live nor as paid.
 */
export async function lockHolder(tx: Tx, { performanceId, userId }: Holder): Promise<void> {
  await sql`
    SELECT pg_advisory_xact_lock(hashtextextended(${`holder ${performanceId} ${userId}`}, 0)),
      (SELECT count(*) FROM (
        SELECT FROM holds
        WHERE user_id = ${userId} AND performance_id = ${performanceId} AND status = 'held' FOR SHARE
      ) AS own)`.execute(tx);
}

/** The time of the hold is counted by the database's clock, which also decides when it is over. */
const insertHold = (tx: Tx, wanted: HoldToGive) =>
  tx
    .insertInto('holds')
    .values({
      hold_id: wanted.holdId,
      performance_id: wanted.performanceId,
      user_id: wanted.userId,
      seat_ids: [...wanted.seatIds],
      amount: wanted.amount,
      fence: wanted.fence,
      status: 'held',
      expires_at: sql<Date>`clock_timestamp() + make_interval(secs => ${wanted.holdSeconds})`,
    })
    .returningAll()
    .executeTakeFirstOrThrow();

function eventsOf(seat: TakenSeat, { holdId, performanceId, userId }: HoldToGive): SeatEvent[] {
  const { seatId, version, expired } = seat;
  const held: SeatEvent = { type: 'seat.held', data: { seatId, performanceId, userId, version, holdId } };
  if (expired === undefined) return [held];
  const data = {
    seatId,
    performanceId,
    userId: expired.userId,
    version: version - 1,
    holdId: expired.holdId,
  };
  return [{ type: 'seat.expired', data }, held];
}
