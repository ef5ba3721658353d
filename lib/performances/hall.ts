import type { Db } from '../db/client.ts';
import type { PerformanceId, SeatId } from '../ids.ts';
import { seatIdsOf } from '../seats/seat-ids.ts';
import { findPerformance } from './find-performance.ts';
import type { Performance } from './performance.ts';

/** What never changes of a performance once it is made. */
export interface Hall
  extends Pick<Performance, 'performanceId' | 'seats' | 'holdSeconds' | 'maxSeatsPerUser'> {
  has(seatId: string): seatId is SeatId;
}

/** Performances are on sale a few at a time; beyond this many the one kept longest is dropped. */
const maxKept = 100;

/**
 * Looks halls up, and keeps them: every hold needs one, and none ever changes. A performance that does not
 * exist is not kept, since it may come to exist.
 */
export function createHalls(db: Db): (performanceId: PerformanceId) => Promise<Hall> {
  const kept = new Map<PerformanceId, Hall>();
  return async (performanceId) => {
    const known = kept.get(performanceId);
    if (known) return known;
    const { seats, holdSeconds, maxSeatsPerUser } = await findPerformance(db, performanceId);
    const seatIds = seatIdsOf(performanceId, seats.rows, seats.seatsPerRow);
    const hall: Hall = {
      performanceId,
      seats,
      holdSeconds,
      maxSeatsPerUser,
      has: (seatId): seatId is SeatId => seatIds.has(seatId),
    };
    kept.set(performanceId, hall);
    const oldest = kept.size > maxKept ? kept.keys().next().value : undefined;
    if (oldest !== undefined) kept.delete(oldest);
    return hall;
  };
}
