import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { privateRedis } from '../../infra/bench/private-redis.ts';
import type { LockKind } from './create-lock.ts';
import { lockScene } from './testing/lock-scene.ts';

const workers = 6;
const turnsEach = 40;
/** From a worker's turn to its next each other has one, and one more who stood in line before it came back. */
const maxPassed = 2 * (workers - 1);
const scene = lockScene(() => privateRedis());

/** Workers that come back at once: the most turns of others that lay between two of one worker. */
async function mostPassed(kind: LockKind): Promise<number> {
  const resource = scene.resource();
  const served: number[] = [];
  const work = async (worker: number) => {
    const lock = scene.lock(kind);
    for (let turn = 0; turn < turnsEach; turn += 1) {
      const lease = await lock.acquire([resource], { leaseMs: 10_000, waitMs: 20_000 });
      served.push(worker);
      await sleep(1);
      await lease.release();
    }
  };
  await Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)));
  const gaps = Array.from({ length: workers }, (_, worker) => {
    const turns = served.flatMap((each, at) => (each === worker ? [at] : []));
    return turns.slice(1).map((at, index) => at - (turns[index] ?? at) - 1);
  });
  return Math.max(...gaps.flat());
}

test(`${workers} workers that come back at once: no more than ${maxPassed} turns of others between two of one's own`, async () => {
  expect(await mostPassed('pubsub')).toBeLessThanOrEqual(maxPassed);
});

test('a lock without a line passes somebody more often, which the count would show', async () => {
  expect(await mostPassed('spin')).toBeGreaterThan(maxPassed);
}, 60_000);
