import type { Db } from '../db/client.ts';
import { within } from '../deadline.ts';
import { Problem } from '../errors.ts';
import { type HoldId, newId, type Points, type SeatId, type UserId } from '../ids.ts';
import { LockContendedError } from '../lock/errors.ts';
import type { Lease, Lock } from '../lock/lock.ts';
import { logger } from '../log.ts';
import type { Hall } from '../performances/hall.ts';
import { isAdmitted } from '../queue/is-admitted.ts';
import type { RedisClient } from '../redis/client.ts';
import { seatLock as seatLockName } from '../redis/keys.ts';
import { explainRefusal, seatLimit } from './explain-refusal.ts';
import type { Hold } from './hold.ts';
import { writeHold } from './write-hold.ts';

export interface HoldServices {
  readonly db: Db;
  readonly redis: RedisClient;
  readonly seatLock: Lock;
}

export interface HoldRequest {
  readonly userId: UserId;
  readonly hall: Hall;
  /** Each once, all of the hall. */
  readonly seatIds: readonly SeatId[];
}

/** How long a hold may take to be written; who dies meanwhile keeps the seats from others no longer than this. */
const writeWithinMs = 5_000;
const keepWithinMs = 300;

/** Seats that turn out to be free after all are asked for once more. */
const maxTries = 2;

/**
 * Gives all the seats to the user for the hall's `holdSeconds`, or none.
 *
 * First the lock on every seat, in one script: it turns nearly everybody away who comes too late, and ends by
 * itself. Then one transaction, which decides: a conditional UPDATE of the seats' rows that compares the lease's
 * fence. After COMMIT the lock is extended to the hold's own end.
 *
 * @returns the hold; `created` is false when it was there already, with exactly these seats
 * @throws Problem `not-admitted`, `seat-limit`, `seat-unavailable`
 * @throws DependencyError when Redis or Postgres is out of reach
 */
export async function holdSeats(
  services: HoldServices,
  { hall, userId, seatIds }: HoldRequest,
): Promise<{ readonly hold: Hold; readonly created: boolean }> {
  const { performanceId, maxSeatsPerUser } = hall;
  if (!(await isAdmitted(services.redis, performanceId, userId))) {
    throw new Problem('not-admitted', 'Wait in the queue until you are admitted.');
  }
  if (seatIds.length > maxSeatsPerUser) throw seatLimit(maxSeatsPerUser);

  for (let tried = 1; tried <= maxTries; tried++) {
    const attempt = await tryToHold(services, { hall, userId, seatIds });
    if ('hold' in attempt) return { hold: attempt.hold, created: true };
    const refused = { performanceId, userId, seatIds, maxSeatsPerUser };
    const existing = await explainRefusal(services, refused, attempt.lockedSeatIds);
    if (existing !== undefined) return { hold: existing, created: false };
  }
  throw new Problem('unavailable', 'The seats are given and taken back at this moment; ask again.');
}

/** @returns the hold, or the seats that were found locked: none when it was Postgres that refused */
async function tryToHold(
  { db, seatLock }: HoldServices,
  { hall, userId, seatIds }: HoldRequest,
): Promise<{ readonly hold: Hold } | { readonly lockedSeatIds: readonly SeatId[] }> {
  const { performanceId, holdSeconds, maxSeatsPerUser } = hall;
  const holdId = newId<HoldId>();
  const beganAtMs = performance.now();
  const locked = await lockHold(seatLock, hall, seatIds, holdId);
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
    await keepLocked(locked.lease, holdSeconds * 1_000 - (performance.now() - beganAtMs));
    return { hold };
  }
  await locked.lease.release();
  return { lockedSeatIds: [] };
}

/**
 * Makes the locks last as long as their hold, and not a moment longer: counted from before the hold was made.
 * When Redis is away they end early; the seats' rows go on to guard the seats.
 */
async function keepLocked(lease: Lease, leaseMs: number): Promise<void> {
  try {
    await within(keepWithinMs, lease.extend(Math.max(1, Math.floor(leaseMs))));
  } catch (cause) {
    logger.warn('The locks of a hold end before it', { cause });
  }
}

async function lockHold(
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
