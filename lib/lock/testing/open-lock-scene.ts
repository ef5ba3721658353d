import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { FaultProxy } from '../../../test/contract/fault-proxy.ts';
import { createRedis, type RedisClient } from '../../redis/client.ts';
import { proxied } from '../../testing/proxied.ts';
import { createLock, type LockKind } from '../create-lock.ts';
import type { Lock } from '../lock.ts';
import { lineKey } from '../lock-keys.ts';

const standsWithinMs = 5_000;

/** Clients and locks on one server, all of which `close` ends. */
export interface OpenLockScene {
  readonly url: string;
  /** Of the locks, unless told otherwise. */
  readonly kind: LockKind;
  /** A lock name of the scene's own. */
  readonly resource: string;
  /** Looks at the server past every proxy. */
  readonly redis: RedisClient;
  /** Of a client of its own, unless told otherwise. */
  readonly lock: (kind?: LockKind, client?: RedisClient) => Lock;
  /** A client whose connection goes through a proxy that fails on demand. */
  readonly proxied: () => Promise<{ readonly proxy: FaultProxy; readonly client: RedisClient }>;
  /** A client whose connection for listening is looked at, or changed, as told. */
  readonly clientListeningBy: (change: (listener: Redis) => Redis, url?: string) => Redis;
  /** Resolves when so many stand in the line; of the scene's own lock, unless told otherwise. */
  readonly untilInLine: (count: number, lock?: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

export function openLockScene(url: string, kind: LockKind = 'pubsub', cluster = false): OpenLockScene {
  const resource = `{scene-${Math.random()}}`;
  const clients: RedisClient[] = [];
  const locks: Lock[] = [];
  const proxies: FaultProxy[] = [];

  const connect = (to = url) => {
    const client = createRedis({ url: to, cluster });
    clients.push(client);
    return client;
  };
  const redis = connect();

  return {
    url,
    kind,
    resource,
    redis,
    lock: (ofKind = kind, client = connect()) => {
      const lock = createLock(ofKind, client);
      locks.push(lock);
      return lock;
    },
    proxied: async () => {
      const { proxy, url: to } = await proxied(url);
      proxies.push(proxy);
      return { proxy, client: connect(to) };
    },
    clientListeningBy: (change, to = url) => {
      const client = new Redis(to);
      clients.push(client);
      const duplicate = client.duplicate.bind(client);
      client.duplicate = (override) => change(duplicate(override));
      return client;
    },
    untilInLine: async (count, lock = resource) => {
      const deadlineMs = performance.now() + standsWithinMs;
      while ((await redis.llen(lineKey(lock))) < count) {
        if (performance.now() > deadlineMs) throw new Error(`fewer than ${count} stand in line`);
        await sleep(5);
      }
    },
    close: async () => {
      await Promise.all(locks.map((lock) => lock.close()));
      for (const client of clients) client.disconnect();
      await Promise.all(proxies.map((proxy) => proxy.close()));
    },
  };
}
