/*
 * Broken on purpose: the lock on a seat has another name each time, so that it is never taken. Everybody goes
 * through to the rows, where `take-seats.ts` of this specimen asks for nothing.
 */
import { randomUUID } from 'node:crypto';
import type { PerformanceId, SeatId } from '../../../../../lib/ids.ts';

export { bestTurns, queueKeys, walletLock } from '../../../../../lib/redis/keys.ts';

export const seatLock = (performanceId: PerformanceId, seatId: SeatId) =>
  `{${performanceId}}:attempt:${seatId}:${randomUUID()}`;
