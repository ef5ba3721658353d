import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { Redis } from 'ioredis';
import { createRedis, type RedisClient } from '../../redis/client.ts';
import { createLock, type LockKind } from '../create-lock.ts';
import type { Lock } from '../lock.ts';

const standsWithinMs = 5_000;

/** The server of a test file, as the scene needs it. */
export interface SceneServer {
  readonly url: string;
  close(): Promise<void>;
}

/** What the tests of one file share: a server of their own, and clients and locks that are closed after each. */
export interface LockScene<Server extends SceneServer> {
  server(): Server;
  /** A lock name of the test's own. */
  resource(): string;
  /** Looks at the server past every proxy. */
  redis(): RedisClient;
  lock(kind?: LockKind, client?: RedisClient): Lock;
  /** A client whose connection for listening is looked at, or changed, as told. */
  clientListeningBy(change: (listener: Redis) => Redis, url?: string): Redis;
  /** Resolves when so many stand in the line. */
  untilInLine(count: number): Promise<void>;
}

/** Registers the hooks of a test file. */
export function lockScene<Server extends SceneServer>(start: () => Promise<Server>): LockScene<Server> {
  let server: Server | undefined;
  let clients: RedisClient[] = [];
  let locks: Lock[] = [];
  let resource = '';
  let redis: RedisClient;

  const running = () => {
    if (server === undefined) throw new Error('the server of the scene has not been started');
    return server;
  };
  const connect = () => {
    const client = createRedis({ url: running().url, cluster: false });
    clients.push(client);
    return client;
  };

  beforeAll(async () => {
    server = await start();
  }, 60_000);

  beforeEach(() => {
    resource = `{scene-${Math.random()}}`;
    redis = connect();
  });

  afterEach(async () => {
    await Promise.all(locks.map((lock) => lock.close()));
    for (const client of clients) client.disconnect();
    clients = [];
    locks = [];
  });

  afterAll(() => server?.close());

  return {
    server: running,
    resource: () => resource,
    redis: () => redis,
    lock: (kind = 'pubsub', client = connect()) => {
      const lock = createLock(kind, client);
      locks.push(lock);
      return lock;
    },
    clientListeningBy: (change, url = running().url) => {
      const client = new Redis(url);
      clients.push(client);
      const duplicate = client.duplicate.bind(client);
      client.duplicate = (override) => change(duplicate(override));
      return client;
    },
    untilInLine: async (count) => {
      const deadlineMs = performance.now() + standsWithinMs;
      while ((await redis.llen(`${resource}:line`)) < count) {
        if (performance.now() > deadlineMs) throw new Error(`fewer than ${count} stand in line`);
        await sleep(5);
      }
    },
  };
}
