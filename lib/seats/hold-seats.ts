import type { Db } from '../db/client.ts';
import { Problem } from '../errors.ts';
import type { Lock } from '../lock/lock.ts';
import { requireAdmission } from '../queue/require-admission.ts';
import type { RedisClient } from '../redis/client.ts';
import { explainRefusal, seatLimit } from './explain-refusal.ts';
import type { Hold } from './hold.ts';
import { type HoldRequest, tryToHold } from './try-to-hold.ts';

export interface HoldServices {
  readonly db: Db;
  readonly redis: RedisClient;
  readonly seatLock: Lock;
}

/** Seats that turn out to be free after all are asked for once more. */
const maxTries = 2;

/**
 * Gives all the seats to the user for the hall's `holdSeconds`, or none.
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
  await requireAdmission(services.redis, performanceId, userId);
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
