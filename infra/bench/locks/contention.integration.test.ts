import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createRedis, type RedisClient } from '../../../lib/redis/client.ts';
import { type PrivateRedis, privateRedis } from '../private-redis.ts';
import { compareLocks, contendWithoutLock } from './contention.ts';

const brief = { workers: 2, windowMs: 300, holdMs: 1 };
let server: PrivateRedis;
let redis: RedisClient;

beforeAll(async () => {
  server = await privateRedis();
  redis = createRedis({ url: server.url, cluster: false });
}, 60_000);

afterAll(async () => {
  redis.disconnect();
  await server.close();
});

const room = () => ({ url: server.url, redis, progress: () => undefined });

test('a lock that lets everybody in is found out', async () => {
  expect((await contendWithoutLock(room(), brief)).overlaps).toBeGreaterThan(0);
}, 60_000);

test('every contender gives turns, none of them two at once', async () => {
  const figures = Object.entries(await compareLocks(room(), brief));
  expect(figures.map(([name, { overlaps, errors }]) => ({ name, overlaps, errors }))).toEqual(
    ['pubsub', 'blpop', 'spin', 'redlock', 'simple'].map((name) => ({ name, overlaps: 0, errors: [] })),
  );
  for (const [, { acquisitions, commandsPerHandOff }] of figures) {
    expect(acquisitions).toBeGreaterThan(0);
    expect(commandsPerHandOff).toBeGreaterThan(0);
  }
}, 90_000);
