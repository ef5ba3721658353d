import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { createLock } from './lock/create-lock.ts';
import { LockContendedError } from './lock/errors.ts';
import { lockMetrics } from './lock/lock-metrics.ts';
import { type Cache, runtime } from './runtime.ts';
import { setEnvironment, type TestEnvironment } from './testing/environment.ts';
import { newUser } from './testing/people.ts';
import { failureOf } from './testing/race.ts';
import { useScene } from './testing/scene.ts';

const scene = useScene();
const once = { leaseMs: 5_000, waitMs: 0 };
const own = { service: 'concert-reservation' };
let environment: TestEnvironment;
let cache: Cache;
let written: string[];
let resource: string;

const switchMetrics = (isOn: boolean) => {
  process.env['POWERTOOLS_METRICS_DISABLED'] = String(!isOn);
};

beforeAll(async () => {
  switchMetrics(true);
  environment = await setEnvironment({ DATABASE_URL: scene.databaseUrl, REDIS_URL: scene.redisUrl });
  cache = await (await runtime()).cache();
});

afterAll(async () => {
  await cache.seatLock.close();
  await cache.walletLock.close();
  cache.redis.disconnect();
  await (await runtime()).db.destroy();
  environment.restore();
  switchMetrics(false);
});

beforeEach(() => {
  resource = `{${newUser()}}`;
  written = [];
  jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    written.push(String(chunk));
    return true;
  });
});

afterEach(() => {
  jest.restoreAllMocks();
});

/** What was written as EMF, and nothing else of it than the dimensions and the metrics they have. */
const emf = () =>
  written
    .filter((line) => line.startsWith('{"_aws"'))
    .map((line) => {
      const { _aws, ...values } = JSON.parse(line) as {
        _aws: { CloudWatchMetrics: readonly { Dimensions: readonly (readonly string[])[] }[] };
      };
      expect(_aws.CloudWatchMetrics.flatMap((each) => each.Dimensions)).toEqual([
        ['service', 'lock', 'outcome'],
      ]);
      return values;
    });

test.each(['seat', 'wallet'] as const)('the %s lock of a container tells what it costs', async (use) => {
  const lock = cache[`${use}Lock`];
  const lease = await lock.acquire([resource], once);
  expect(await failureOf(lock.acquire([resource], once))).toBeInstanceOf(LockContendedError);
  await lease.release();
  const anyTime = expect.any(Number);
  expect(emf()).toEqual([
    { ...own, lock: use, outcome: 'acquired', LockWait: anyTime, LockAttempts: 1 },
    { ...own, lock: use, outcome: 'contended', LockWait: anyTime, LockAttempts: 1 },
    { ...own, lock: use, outcome: 'released', LockHold: anyTime },
  ]);
});

test('the time that was waited, the tries it took, and the time it was held are told as they are', async () => {
  const lock = createLock('spin', scene.redis, lockMetrics('seat'));
  const lease = await lock.acquire([resource], once);
  const waiting = lock.acquire([resource], { ...once, waitMs: 2_000 });
  setTimeout(() => void lease.release(), 120);
  await (await waiting).release();
  const waited = emf().find((line) => Number(Reflect.get(line, 'LockAttempts')) > 1);
  expect(Reflect.get(waited ?? {}, 'LockWait')).toBeGreaterThan(100);
  expect(Reflect.get(waited ?? {}, 'LockWait')).toBeLessThan(2_000);
  const held = emf().map((line) => Number(Reflect.get(line, 'LockHold') ?? 0));
  expect(Math.max(...held)).toBeGreaterThan(100);
  await lock.close();
});

test('a lease that was lost is told as such', async () => {
  const lock = createLock('pubsub', scene.redis, lockMetrics('wallet'));
  const lease = await lock.acquire([resource], once);
  await scene.redis.del(resource);
  await lease.release();
  expect(emf().at(-1)).toMatchObject({ lock: 'wallet', outcome: 'lost' });
  await lock.close();
});

test('where metrics are switched off, nothing is written', async () => {
  switchMetrics(false);
  const lock = createLock('simple', scene.redis, lockMetrics('seat'));
  switchMetrics(true);
  await (await lock.acquire([resource], once)).release();
  expect(emf()).toEqual([]);
  await lock.close();
});
