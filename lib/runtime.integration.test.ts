import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { handler as enter } from '../functions/enter-queue.ts';
import { handler as follow } from '../functions/follow-queue.ts';
import { createLock } from './lock/create-lock.ts';
import { LockContendedError } from './lock/errors.ts';
import { lineKey } from './lock/lock-keys.ts';
import { lockMetrics } from './lock/lock-metrics.ts';
import { type Cache, runtime } from './runtime.ts';
import { setEnvironment, type TestEnvironment } from './testing/environment.ts';
import { httpEvent, lambdaContext } from './testing/events.ts';
import { newPerformance, newUser, openHall } from './testing/people.ts';
import { failureOf } from './testing/race.ts';
import { useScene } from './testing/scene.ts';

const scene = useScene();
const once = { leaseMs: 5_000, waitMs: 0 };
const own = { service: 'concert-reservation' };
/** Of each use the kind that is not the default. */
const chosen = { SEAT_LOCK: 'pubsub', WALLET_LOCK: 'simple', QUEUE_POLLS_PER_SECOND: '1' };
let environment: TestEnvironment;
let cache: Cache;
let written: string[];
let resource: string;

const switchMetrics = (isOn: boolean) => {
  process.env['POWERTOOLS_METRICS_DISABLED'] = String(!isOn);
};

beforeAll(async () => {
  switchMetrics(true);
  environment = await setEnvironment({
    DATABASE_URL: scene.databaseUrl,
    REDIS_URL: scene.redisUrl,
    ...chosen,
  });
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

test.each([
  ['seat', 'a line of those who wait', 1],
  ['wallet', 'none, since nobody waits', 0],
] as const)('the %s lock is of the kind that the environment names: it has %s', async (use, _, lines) => {
  const lock = cache[`${use}Lock`];
  const lease = await lock.acquire([resource], once);
  const waiting = failureOf(lock.acquire([resource], { ...once, waitMs: 400 }));
  await sleep(100);
  expect(await cache.redis.exists(lineKey(resource))).toBe(lines);
  expect(await waiting).toBeInstanceOf(LockContendedError);
  await lease.release();
});

test('people are told to poll by the budget that the environment names', async () => {
  const { performanceId } = await openHall(scene, {
    waitingRoom: { ...newPerformance().waitingRoom, capacity: 1 },
  });
  const users = Array.from({ length: 30 }, () => newUser());
  const call = async (routeKey: string, userId: string, handler: typeof enter) => {
    const authorization = `Bearer ${await environment.mint(userId)}`;
    const event = httpEvent({ routeKey, headers: { authorization }, pathParameters: { performanceId } });
    const { body = '' } = await handler(event, lambdaContext('r-1'));
    // The contract's shape, which the contract's tests look at.
    return (JSON.parse(body) as { readonly pollAfterSeconds: number }).pollAfterSeconds;
  };
  for (const userId of users) await call('POST /performances/{performanceId}/queue', userId, enter);
  const last = users.at(-1) ?? '';
  // Twenty-nine who wait, one poll a second for all of them.
  expect(await call('POST /performances/{performanceId}/queue', last, enter)).toBeGreaterThanOrEqual(29);
  expect(await call('GET /performances/{performanceId}/queue/me', last, follow)).toBeGreaterThanOrEqual(29);
});
