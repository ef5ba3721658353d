import { readFileSync } from 'node:fs';
import type { PerformanceId, UserId } from '../ids.ts';
import type { RedisClient } from '../redis/client.ts';
import { queueKeys } from '../redis/keys.ts';
import { defineScript } from '../redis/script.ts';

const source = readFileSync(new URL('./is-admitted.lua', import.meta.url), 'utf8');

const check = defineScript(source, (reply) => reply === 1);

/**
 * Whether the user's admission is running at this moment, by the clock of Redis. One `EVALSHA`.
 * After a loss of the line nobody is admitted.
 *
 * @throws DependencyError Redis is out of reach
 */
export function isAdmitted(
  redis: RedisClient,
  performanceId: PerformanceId,
  userId: UserId,
): Promise<boolean> {
  return check(redis, [queueKeys(performanceId).admitted], [userId]);
}
