import type { PerformanceId, SeatId } from '../ids.ts';
import type { Lock } from '../lock/lock.ts';
import { logger } from '../log.ts';
import { seatLock } from '../redis/keys.ts';

/**
 * Frees the locks of seats after the COMMIT that freed the seats. Never throws: what Redis does not hear of
 * now, the consumer of the seat's event frees, and the end of the lease after it.
 *
 * @returns whether Redis has heard of it
 * @param token the hold whose locks they are; those of another are left alone
 */
export async function freeLocks(
  lock: Lock,
  performanceId: PerformanceId,
  seatIds: readonly SeatId[],
  token: string,
): Promise<boolean> {
  try {
    await lock.release(
      seatIds.map((seatId) => seatLock(performanceId, seatId)),
      token,
    );
    return true;
  } catch (cause) {
    logger.warn('Seat locks left to their end', { performanceId, seatIds, cause });
    return false;
  }
}
