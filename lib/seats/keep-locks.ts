import { within } from '../deadline.ts';
import type { PerformanceId, SeatId } from '../ids.ts';
import type { Lock } from '../lock/lock.ts';
import { logger } from '../log.ts';
import { seatLock } from '../redis/keys.ts';

const withinMs = 300;

/**
 * Makes the locks of a hold end with it, after the COMMIT that wrote its end. Never throws: when Redis is away,
 * or has lost them, they end early, and the seats' rows go on to guard the seats.
 *
 * @param token the hold whose locks they are
 * @param leaseMs how long from now; counted from before the end was written, so that none outlives its hold
 */
export async function keepLocks(
  lock: Lock,
  performanceId: PerformanceId,
  seatIds: readonly SeatId[],
  token: string,
  leaseMs: number,
): Promise<void> {
  const names = seatIds.map((seatId) => seatLock(performanceId, seatId));
  try {
    await within(withinMs, lock.extend(names, token, Math.max(1, Math.floor(leaseMs))));
  } catch (cause) {
    logger.warn('The locks of a hold end before it', { performanceId, seatIds, cause });
  }
}
