import { Problem } from '../errors.ts';
import type { PerformanceId, UserId } from '../ids.ts';
import type { RedisClient } from '../redis/client.ts';
import { isAdmitted } from './is-admitted.ts';

/** @throws Problem `not-admitted` unless the user's admission is running at this moment */
export async function requireAdmission(
  redis: RedisClient,
  performanceId: PerformanceId,
  userId: UserId,
): Promise<void> {
  if (await isAdmitted(redis, performanceId, userId)) return;
  throw new Problem('not-admitted', 'Wait in the queue until you are admitted.');
}
