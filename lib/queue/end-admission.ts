import { readFileSync } from 'node:fs';
import type { PerformanceId, UserId } from '../ids.ts';
import type { RedisClient } from '../redis/client.ts';
import { finishStay } from './finish-stay.ts';
import { defineRoomCommand } from './room-command.ts';

const source = readFileSync(new URL('./end-admission.lua', import.meta.url), 'utf8');

const end = defineRoomCommand({ before: source + finishStay }, () => undefined);

/**
 * Ends the user's admission, as a payment does; the next in line is admitted at once. Whoever waits in line
 * again keeps that place. Does nothing for who is not admitted, nor in a line that is not open. One `EVALSHA`.
 *
 * @throws DependencyError Redis is out of reach; the admission ends at its own time
 */
export async function endAdmission(
  redis: RedisClient,
  { performanceId, userId }: { readonly performanceId: PerformanceId; readonly userId: UserId },
): Promise<void> {
  await end(redis, performanceId, [userId]);
}
