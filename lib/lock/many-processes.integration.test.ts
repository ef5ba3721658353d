import { availableParallelism } from 'node:os';
import { afterEach, expect, test } from '@jest/globals';
import { privateRedis } from '../../infra/bench/private-redis.ts';
import { type LockProcess, lockProcess } from './testing/lock-process.ts';
import { lockScene } from './testing/lock-scene.ts';

/** Who spins has the lock less often the more there are, so that there are fewer of them. */
const crowds = [
  { kind: 'pubsub', processCount: 32, acquisitions: 10_000 },
  { kind: 'spin', processCount: 8, acquisitions: 1_000 },
] as const;
const endsWithinMs = 300_000;
const scene = lockScene(() => privateRedis());
/**
 * So many at a time, and with less priority: they would keep the tests beside this one from their deadlines. With the
 * least, they themselves are kept waiting for longer than a grant may be left unclaimed, and lose the lock they have.
 */
const startedAtOnce = availableParallelism();
let processes: LockProcess[] = [];

afterEach(() => Promise.all(processes.map((each) => each.end())));

/** How often somebody came in while another was inside, how many turns outlasted their lease, and the fences in order. */
async function contend(kind: string, count: number, rounds: number) {
  const { url } = scene.server();
  const resource = scene.resource();
  processes = [];
  while (processes.length < count) {
    const next = Array.from({ length: Math.min(startedAtOnce, count - processes.length) }, () =>
      lockProcess(kind, url, resource, 'rounds', rounds),
    );
    processes.push(...next);
    for (const each of next) each.giveWay();
    await Promise.all(next.map((each) => each.hears('ready')));
  }
  for (const each of processes) each.signal('SIGUSR2');
  const counts = await Promise.all(processes.map((each) => each.hears('overlaps', endsWithinMs)));
  const sum = (column: number) => counts.reduce((total, each) => total + Number(each.split(' ')[column]), 0);
  const fences = (await scene.redis().lrange(`${resource}:fences`, 0, -1)).map(Number);
  return { overlaps: sum(0), outlastedLeases: sum(1), fences };
}

test.each(crowds)(
  '$processCount processes take one $kind lock $acquisitions times, never two at once, and each time with a higher fence',
  async ({ kind, processCount, acquisitions }) => {
    const { fences, ...counts } = await contend(kind, processCount, Math.ceil(acquisitions / processCount));
    // An overlap beside a lease that was outlasted tells of a machine that kept a holder from running.
    expect(counts).toEqual({ overlaps: 0, outlastedLeases: expect.any(Number) });
    expect(fences.length).toBeGreaterThanOrEqual(acquisitions);
    expect(fences).toEqual([...new Set(fences)].toSorted((a, b) => a - b));
  },
  endsWithinMs,
);

test('a lock that lets everybody in is found out', async () => {
  const { overlaps } = await contend('broken', 4, 100);
  expect(overlaps).toBeGreaterThan(0);
}, 60_000);
