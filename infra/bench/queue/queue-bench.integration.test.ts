import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { enterQueue } from '../../../lib/queue/enter-queue.ts';
import { createRedis, type RedisClient } from '../../../lib/redis/client.ts';
import { queueKeys } from '../../../lib/redis/keys.ts';
import { type PrivateRedis, privateRedis } from '../private-redis.ts';
import type { BenchResult } from '../report.ts';
import { dropLine, fillLine, openBenchLine } from './bench-line.ts';
import { measureGrowth } from './growth.ts';
import { startQueueBench } from './queue-bench.ts';
import { watchSlowSteps } from './slow-steps.ts';
import { openStage, userOf } from './stage.ts';
import { writeCharts } from './write-charts.ts';

const written = v.object({
  points: v.array(v.object({ waiting: v.number(), lineBytes: v.number(), plainBytes: v.number() })),
});

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

test('measures everything with a small line, and leaves nothing behind', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'queue-bench-'));
  const argv = ['--waiting', '2000', '--calls', '200', '--in-flight', '1,8', '--charts', folder];
  const run = startQueueBench(argv);
  const { results, faults } = await run({ url: server.url, redis, progress: () => undefined });
  expect(faults).toEqual([]);
  expect((await readdir(folder)).toSorted()).toEqual(['latency.svg', 'lengths.json', 'memory.svg']);
  await rm(folder, { recursive: true });
  expect(results.map(({ name, target }) => [name, target])).toEqual([
    ['enter, 1 in flight: calls/s', '≥ 0.6'],
    ['enter, 1 in flight: thread of Redis', null],
    ['poll, 1 in flight: calls/s', '≥ 0.7'],
    ['poll, 1 in flight: thread of Redis', null],
    ['enter, 8 in flight: calls/s', '≥ 0.6'],
    ['enter, 8 in flight: thread of Redis', null],
    ['poll, 8 in flight: calls/s', '≥ 0.7'],
    ['poll, 8 in flight: thread of Redis', null],
    ['enter: p99 with 2000 waiting', '≤ 1.3'],
    ['poll: p99 with 2000 waiting', '≤ 1.3'],
    ['memory a waiter', '≤ 2.2'],
    ['control: out of order where two changed places', '≥ 1'],
    ['drain: an admission', '≤ 2'],
    ['drain: admitted out of order', '≤ 0'],
    ['draw, entering: longest step of Redis', '≤ 1'],
    ['draw: longest step of a plain ZSET', null],
    ['draw, drawing: longest step of Redis', '≤ 1'],
    ['draw, admitting: longest step of Redis', '≤ 1'],
    ['draw: admitted out of order', '≤ 0'],
    ['draw: memory a waiter', null],
  ]);
  const named = (name: string): BenchResult | undefined => results.find((result) => result.name === name);
  expect(named('control: out of order where two changed places')).toMatchObject({ ours: 2, limit: 2 });
  expect(named('drain: admitted out of order')).toMatchObject({ ours: 0, limit: 2_000 });
  expect(named('draw: admitted out of order')).toMatchObject({ ours: 0, limit: 2_000 });
  for (const { ratio } of results) expect(ratio).not.toBeNull();
  expect(await redis.dbsize()).toBe(0);
}, 90_000);

test('draws what a growing line costs', async () => {
  const stage = openStage(redis);
  const folder = await mkdtemp(join(tmpdir(), 'queue-charts-'));
  try {
    await writeCharts(folder, await measureGrowth(stage, 20_000, 50));
    const { points } = v.parse(written, JSON.parse(await readFile(join(folder, 'lengths.json'), 'utf8')));
    expect(points.map(({ waiting }) => waiting)).toEqual([1_000, 10_000, 20_000]);
    for (const { lineBytes, plainBytes, waiting } of points) {
      // A member of 36 characters cannot take less, and the line has two sets of them.
      expect(plainBytes / waiting).toBeGreaterThan(36);
      expect(lineBytes / plainBytes).toBeGreaterThan(1.5);
    }
    for (const [name, curves] of [
      ['latency.svg', ['enter p50', 'enter p99', 'poll p50', 'poll p99']],
      ['memory.svg', ['the line', 'a plain ZSET']],
    ] as const) {
      const svg = await readFile(join(folder, name), 'utf8');
      expect(svg).toMatch(/^<svg role="img" .*<\/svg>\n$/s);
      for (const text of ['people waiting', '1,000', ...curves]) expect(svg).toContain(`>${text}</text>`);
    }
    expect(await redis.dbsize()).toBe(0);
  } finally {
    await rm(folder, { recursive: true });
    await stage.close();
  }
}, 60_000);

test('a line that is filled is the same as one that was entered', async () => {
  const stage = openStage(redis);
  const filled = await openBenchLine(stage, 'filled', { capacity: 0 });
  await fillLine(stage, filled, 300);
  const entered = await openBenchLine(stage, 'entered', { capacity: 0 });
  for (let number = 1; number <= 300; number += 1) {
    await enterQueue(stage, { performanceId: entered, userId: userOf(number) });
  }
  const [ours, real] = [queueKeys(filled), queueKeys(entered)];
  expect(await redis.zrange(ours.line, '0', '-1', 'WITHSCORES')).toEqual(
    await redis.zrange(real.line, '0', '-1', 'WITHSCORES'),
  );
  const heard = async (key: string) => (await redis.zrange(key, '0', '-1')).toSorted();
  expect(await heard(ours.heartbeats)).toEqual(await heard(real.heartbeats));
  expect(await redis.hget(ours.room, 'lastTicket')).toBe(await redis.hget(real.room, 'lastTicket'));
  for (const name of ['line', 'heartbeats', 'admitted', 'admittedTickets', 'lots'] as const) {
    expect(await redis.object('ENCODING', ours[name])).toBe(await redis.object('ENCODING', real[name]));
    expect((await redis.pttl(ours[name])) > 0).toBe((await redis.pttl(real[name])) > 0);
  }
  for (const performanceId of [filled, entered]) await dropLine(redis, performanceId);
  await stage.close();
});

test('a long step on the Redis thread is found', async () => {
  const busy = `local stop = 0 for i = 1, 3000000 do stop = stop + i end return 1`;
  const { steps } = await watchSlowSteps(redis, () => redis.eval(busy, 0));
  expect(steps.longestMs).toBeGreaterThan(5);
  expect(steps.shown).toContain('eval');
});
