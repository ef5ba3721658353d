import { readFileSync } from 'node:fs';
import type { PerformanceId } from '../ids.ts';
import type { RedisClient } from '../redis/client.ts';
import { defineRoomCommand, expectNumbers, noRoom } from './room-command.ts';

const source = readFileSync(new URL('./sweep-queue.lua', import.meta.url), 'utf8');

const sweep = defineRoomCommand({ after: source }, (_word, numbers) => {
  const [lostWaiters = 0, endedAdmissions = 0, admissions = 0, batch = 0] = expectNumbers(numbers, 4);
  return { lostWaiters, endedAdmissions, admissions, batch };
});

/** What a sweep did. */
export interface Sweep {
  readonly lostWaiters: number;
  readonly endedAdmissions: number;
  readonly admissions: number;
}

/** Bounds one sweep; what it leaves behind is for the next one. */
const maxCalls = 2_000;

/**
 * Removes what is due and admits the next, for a line that nobody asks about: every other command does the same
 * by the way. Call by call, each bounded, until one finds less than it could do; 1,000 `EVALSHA` at most.
 * A line that is not open is left alone.
 *
 * @param untilMs after which no call is made, by `performance.now()`
 *
 * @throws DependencyError Redis is out of reach
 */
export async function sweepQueue(
  redis: RedisClient,
  performanceId: PerformanceId,
  untilMs = Infinity,
): Promise<Sweep> {
  const total = { lostWaiters: 0, endedAdmissions: 0, admissions: 0 };
  for (let call = 0; call < maxCalls && performance.now() < untilMs; call++) {
    const done = await sweep(redis, performanceId, []);
    if (done === noRoom) break;
    total.lostWaiters += done.lostWaiters;
    total.endedAdmissions += done.endedAdmissions;
    total.admissions += done.admissions;
    if (Math.max(done.lostWaiters, done.endedAdmissions, done.admissions) < done.batch) break;
  }
  return total;
}
