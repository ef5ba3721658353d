import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { RedisProgram } from '../installs/redis-packages.ts';
import type { Service } from '../supervision/service.ts';
import { spawnServer } from '../supervision/spawn-server.ts';

export interface RedisOptions {
  readonly program: RedisProgram;
  readonly folder: string;
  readonly port: number;
  /** Numbered databases; tests take one each. */
  readonly databases: number;
  readonly throwAway: boolean;
}

/** Sends PING on a connection of its own. Rejects unless PONG comes within 2 s. */
export async function pingRedis(redisUrl: string): Promise<void> {
  const redis = new Redis(redisUrl, {
    lazyConnect: true,
    connectTimeout: 1_000,
    commandTimeout: 1_000,
    maxRetriesPerRequest: 0,
    retryStrategy: null,
  });
  // The rejection of connect() or ping() says the same, to somebody who listens.
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    await redis.ping();
  } finally {
    redis.disconnect();
  }
}

/** Redis with its append-only file, so that a killed server comes back with what it has acknowledged. */
export function redisService({ program, folder, port, databases, throwAway }: RedisOptions): Service {
  const logFile = join(folder, 'redis.log');
  const dataFolder = join(folder, 'redis');
  mkdirSync(dataFolder, { recursive: true });
  const settings = {
    port,
    bind: '127.0.0.1',
    dir: dataFolder,
    databases,
    appendonly: 'yes',
    save: '',
    appendfsync: throwAway ? 'no' : 'everysec',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return {
    name: 'redis',
    logFile,
    readyWithinMs: 20_000,
    stopSignal: throwAway ? 'SIGKILL' : 'SIGTERM',
    stopWithinMs: 8_000,
    launch: () => spawnServer({ command: program.path, args, env: program.env, logFile }),
    check: () => pingRedis(`redis://127.0.0.1:${port}`),
  };
}
