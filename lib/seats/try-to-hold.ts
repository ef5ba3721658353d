import type { Db } from '../db/client.ts';
import { type HoldId, newId, type Points, type SeatId, type UserId } from '../ids.ts';
import { LockContendedError } from '../lock/errors.ts';
import type { Lease, Lock } from '../lock/lock.ts';
import type { Hall } from '../performances/hall.ts';
import { seatLock as seatLockName } from '../redis/keys.ts';
import type { Hold } from './hold.ts';
import { keepLocks } from './keep-locks.ts';
import { writeHold } from './write-hold.ts';

export interface HoldRequest {
  readonly userId: UserId;
  readonly hall: Hall;
  /** Each once, all of the hall. */
  readonly seatIds: readonly SeatId[];
}

/** How long a hold may take to be written; who dies meanwhile keeps the seats from others no longer than this. */
const writeWithinMs = 5_000;

/**
 * Tries once to give all the seats to the user for the hall's `holdSeconds`.
 *
 * First the lock on every seat, in one script: it turns nearly everybody away who comes too late, and ends by
 * itself. Then one transaction, which decides: a conditional UPDATE of the seats' rows that compares the lease's
 * fence. After COMMIT the lock is extended to the hold's own end.
 *
 * @returns the hold, or the seats that were found locked: none when it was Postgres that refused
 * @throws DependencyError when Redis or Postgres is out of reach
 */
export async function tryToHold(
  { db, seatLock }: { readonly db: Db; readonly seatLock: Lock },
  { hall, userId, seatIds }: HoldRequest,
): Promise<{ readonly hold: Hold } | { readonly lockedSeatIds: readonly SeatId[] }> {
  const { performanceId, holdSeconds, maxSeatsPerUser } = hall;
  const holdId = newId<HoldId>();
  const beganAtMs = performance.now();
  const locked = await acquireSeats(seatLock, hall, seatIds, holdId);
  if ('lockedSeatIds' in locked) return locked;
  // One price a hall, so the amount is known before the seats' rows are.
  const amount = (seatIds.length * hall.seats.price) as Points;
  const { fence } = locked.lease;
  const wanted = { holdId, performanceId, userId, seatIds, amount, holdSeconds, maxSeatsPerUser, fence };
  const hold = await writeHold(db, wanted).catch(async (error: unknown) => {
    await locked.lease.release();
    throw error;
  });
  if (hold !== undefined) {
    const leaseMs = holdSeconds * 1_000 - (performance.now() - beganAtMs);
    await keepLocks(seatLock, performanceId, seatIds, holdId, leaseMs);
    return { hold };
  }
  await locked.lease.release();
  return { lockedSeatIds: [] };
}

async function acquireSeats(
  lock: Lock,
  { performanceId, holdSeconds }: Hall,
  seatIds: readonly SeatId[],
  holdId: HoldId,
): Promise<{ readonly lease: Lease } | { readonly lockedSeatIds: readonly SeatId[] }> {
  const seatOf = new Map(seatIds.map((seatId) => [seatLockName(performanceId, seatId), seatId]));
  try {
    const leaseMs = Math.min(writeWithinMs, holdSeconds * 1_000);
    const options = { leaseMs, waitMs: 0, token: holdId };
    return { lease: await lock.acquire([...seatOf.keys()], options) };
  } catch (error) {
    if (error instanceof LockContendedError) {
      return { lockedSeatIds: error.resources.flatMap((name) => seatOf.get(name) ?? []) };
    }
    throw error;
  }
}
