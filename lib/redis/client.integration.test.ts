import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { privateRedis } from '../../infra/bench/private-redis.ts';
import type { FaultProxy } from '../../test/contract/fault-proxy.ts';
import { DependencyError } from '../errors.ts';
import { createLock } from '../lock/create-lock.ts';
import { LockUnavailableError } from '../lock/errors.ts';
import { proxied } from '../testing/proxied.ts';
import { failureOf } from '../testing/race.ts';
import { useScene } from '../testing/scene.ts';
import { createRedis, type RedisClient } from './client.ts';
import { callRedis, definePreparedScript, defineScript } from './script.ts';

const scene = useScene();
let proxy: FaultProxy;
let redis: RedisClient;

beforeEach(async () => {
  const through = await proxied(scene.redisUrl);
  proxy = through.proxy;
  redis = createRedis({ url: through.url, cluster: false });
});
afterEach(async () => {
  redis.disconnect();
  await proxy.close();
  jest.restoreAllMocks();
});

const echo = defineScript('return ARGV[1]', (reply) => String(reply));
const ask = () => echo(redis, ['{t}'], ['hello']);

async function expectBack(withinMs: number): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  while ((await ask().catch(() => '')) !== 'hello') expect(performance.now()).toBeLessThan(deadlineMs);
}

async function expectOutage(withinMs: number): Promise<void> {
  const beganAtMs = performance.now();
  const failure = await failureOf(ask());
  expect(failure).toBeInstanceOf(DependencyError);
  expect(failure).toMatchObject({ dependency: 'redis' });
  expect(performance.now() - beganAtMs).toBeLessThan(withinMs);
}

describe('Redis out of reach is a DependencyError, in time, and is got over', () => {
  test.each(['refuse', 'black-hole', 'lose-replies'] as const)(
    '%s, after it was there',
    async (kind) => {
      expect(await ask()).toBe('hello');
      await proxy.set({ kind });
      await expectOutage(2_500);
      await expectOutage(2_500);
      await proxy.set({ kind: 'none' });
      await expectBack(8_000);
    },
    20_000,
  );

  test.each(['refuse', 'black-hole'] as const)('%s, before it was ever there', async (kind) => {
    await proxy.set({ kind });
    await expectOutage(2_500);
  });

  test('a connection that is gone without a word is given up, and another taken', async () => {
    expect(await ask()).toBe('hello');
    proxy.strand();
    await expectOutage(2_500);
    await expectBack(3_000);
  });

  test('what was told to have failed is not done when the connection comes', async () => {
    const write = defineScript("return redis.call('SET', KEYS[1], 'late')", String);
    const key = `{t}:${randomUUID()}`;
    const connect = redis.connect.bind(redis);
    // As long as a network takes to send a lost packet of the handshake again; one attempt, whoever asks for it.
    let attempt: Promise<void> | undefined;
    jest.spyOn(redis, 'connect').mockImplementation(() => (attempt ??= sleep(1_000).then(() => connect())));
    expect(await failureOf(write(redis, [key], []))).toBeInstanceOf(DependencyError);
    await expectBack(8_000);
    expect(await scene.redis.exists(key)).toBe(0);
    await write(redis, [key], []);
    expect(await scene.redis.exists(key)).toBe(1);
  });

  test('it prints nothing of it', async () => {
    const printed = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    await proxy.set({ kind: 'refuse' });
    await failureOf(ask());
    expect(printed).not.toHaveBeenCalled();
  });
});

describe('a script', () => {
  test('runs again after the server has forgotten it', async () => {
    expect(await ask()).toBe('hello');
    await redis.script('FLUSH');
    expect(await ask()).toBe('hello');
  });

  test('that is wrong is a defect of ours, not an outage', async () => {
    const wrong = defineScript("return redis.call('NONSENSE')", String);
    const failure = await failureOf(wrong(redis, ['{t}'], []));
    expect(failure).not.toBeInstanceOf(DependencyError);
  });

  test('whose reply is of the wrong type is a defect of ours', async () => {
    const strict = defineScript('return 7', (reply) => {
      if (typeof reply !== 'string') throw new TypeError('no text');
      return reply;
    });
    await expect(strict(redis, ['{t}'], [])).rejects.toThrow(TypeError);
  });
});

describe('a script that is made ready, and answers its caller last', () => {
  const published = `{t}:${randomUUID()}`;
  const tell = definePreparedScript("return redis.call('SPUBLISH', KEYS[1], ARGV[1])", Number);
  const ready = () => tell(redis, [published], ['hello'], { answersCallerLast: true });

  test('runs when it is sent, and again; also on a server that has forgotten it', async () => {
    const send = ready();
    expect(await send()).toBe(0);
    expect(await send()).toBe(0);
    const again = ready();
    await redis.script('FLUSH');
    expect(await again()).toBe(0);
  });

  test('costs one packet, and a PING more', async () => {
    // A server that others use reads their packets, too.
    const server = await privateRedis();
    const client = createRedis({ url: server.url, cluster: false });
    try {
      await tell(client, [published], ['hello'])();
      const send = tell(client, [published], ['hello'], { answersCallerLast: true });
      const before = await counts(client);
      await send();
      const after = await counts(client);
      // The look itself is a packet.
      expect(after.requests - before.requests).toBe(2);
      expect(after.pings - before.pings).toBe(1);
    } finally {
      client.disconnect();
      await server.close();
    }
  });

  test('without an answer it is an outage', async () => {
    await ready()();
    const send = ready();
    await proxy.set({ kind: 'lose-replies' });
    expect(await failureOf(send())).toBeInstanceOf(DependencyError);
  });

  async function counts(client: RedisClient) {
    const told = await client.info('all');
    const read = (pattern: RegExp) => Number(pattern.exec(told)?.[1] ?? 0);
    return {
      requests: read(/^total_reads_processed:(\d+)/m),
      pings: read(/^cmdstat_ping:calls=(\d+)/m),
    };
  }
});

describe('a password that is refused', () => {
  const name = `stranger-${randomUUID()}`;
  let stranger: RedisClient;
  beforeEach(async () => {
    await scene.redis.acl('SETUSER', name, 'on', '>right', '~*', '+@all');
    const url = new URL(scene.redisUrl);
    url.username = name;
    url.password = 'hunter2';
    stranger = createRedis({ url: url.href, cluster: false });
  });
  afterEach(async () => {
    stranger.disconnect();
    await scene.redis.acl('DELUSER', name);
  });

  test('is an outage, and what is told of it does not have the password', async () => {
    const failure = await failureOf(callRedis(stranger, () => stranger.get('k')));
    expect(failure).toBeInstanceOf(DependencyError);
    const told: string[] = [];
    for (let error = failure; error instanceof Error; error = error.cause) {
      told.push(error.message, JSON.stringify(error));
    }
    expect(told.join()).not.toContain('hunter2');
  });

  test('is no lock to be had: money goes on without', async () => {
    const lock = createLock('pubsub', stranger);
    const attempt = lock.acquire(['{wallet:ann}'], { leaseMs: 1_000, waitMs: 0 });
    await expect(failureOf(attempt)).resolves.toBeInstanceOf(LockUnavailableError);
    await lock.close();
  });
});
