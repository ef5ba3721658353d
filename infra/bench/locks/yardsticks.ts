import { Redis } from 'ioredis';
import Redlock, { ExecutionError, type Lock, type ScriptClient } from 'redlock';
import { LockContendedError } from '../../../lib/lock/errors.ts';
import type { TakeLock, WorkerSettings } from './worker-loop.ts';

/** What the locks are measured against, and one that must be found broken. */
export const yardstickNames = ['redlock', 'blpop', 'broken'] as const;
export type YardstickName = (typeof yardstickNames)[number];

/** A yardstick with connections of its own, which `close` ends. */
export interface Yardstick {
  readonly take: TakeLock;
  close(): void;
}

/** Connects; rejects when Redis cannot be reached. */
export async function openYardstick(name: YardstickName, settings: WorkerSettings): Promise<Yardstick> {
  const redis = await connect(settings);
  if (name === 'redlock') return { take: redlock(redis, settings), close: () => redis.disconnect() };
  if (name === 'broken') return { take: broken(redis, settings), close: () => redis.disconnect() };
  const waiting = await connect(settings);
  const close = () => {
    redis.disconnect();
    waiting.disconnect();
  };
  return { take: await blpopToken(redis, waiting, settings), close };
}

async function connect({ REDIS_URL }: WorkerSettings): Promise<Redis> {
  const redis = new Redis(REDIS_URL, { maxRetriesPerRequest: null });
  await redis.ping();
  return redis;
}

/** Redlock's own pause between two tries. */
const redlockDelayMs = 200;

/** The redlock package with its defaults, and as many tries as fill the wait. */
function redlock(redis: Redis, settings: WorkerSettings): TakeLock {
  const client: ScriptClient = {
    evalsha: (digest, keyCount, operands) => redis.evalsha(digest, keyCount, ...operands),
    eval: (source, keyCount, operands) => redis.eval(source, keyCount, ...operands),
  };
  const stock = new Redlock([client], { retryCount: Math.round(settings.WAIT_MS / redlockDelayMs) });
  // Every try that fails is an event, and one without a listener would end the process.
  stock.on('error', () => undefined);
  return async () => {
    let lock: Lock;
    try {
      lock = await stock.acquire([settings.LOCK_NAME], settings.LEASE_MS);
    } catch (error) {
      throw error instanceof ExecutionError ? new LockContendedError([settings.LOCK_NAME]) : error;
    }
    return () => stock.release(lock);
  };
}

const layToken = `if redis.call('SET', KEYS[2], 1, 'NX') then redis.call('RPUSH', KEYS[1], 'token') end`;

/** One token in a list. A holder that dies takes it along: near the limit of what is possible, and no lock. */
async function blpopToken(redis: Redis, waiting: Redis, settings: WorkerSettings): Promise<TakeLock> {
  const list = `{${settings.LOCK_NAME}}:token`;
  await redis.eval(layToken, 2, list, `${list}:laid`);
  return async () => {
    const token = await waiting.blpop(list, settings.WAIT_MS / 1_000);
    if (token === null) throw new LockContendedError([list]);
    return () => redis.rpush(list, 'token');
  };
}

/** Lets everybody in. */
function broken(redis: Redis, { LOCK_NAME }: WorkerSettings): TakeLock {
  return async () => {
    await redis.incr(LOCK_NAME);
    return () => redis.decr(LOCK_NAME);
  };
}
