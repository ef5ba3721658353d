import { ReplyError } from 'ioredis';
import { DependencyError } from '../errors.ts';
import type { RedisClient } from '../redis/client.ts';
import { connected } from '../redis/connected.ts';
import { LockAmbiguousError, LockUnavailableError } from './errors.ts';

/**
 * Sends a lock's command, and tells apart what certainly did not happen from what may have happened.
 *
 * @throws LockUnavailableError nothing was sent, or Redis refused it
 * @throws LockAmbiguousError it was sent, and no answer came
 */
export async function askRedis<Reply>(redis: RedisClient, send: () => Promise<Reply>): Promise<Reply> {
  if (redis.status !== 'ready') {
    await connected(redis).catch((error: unknown) => {
      throw new LockUnavailableError(error);
    });
  }
  try {
    return await send();
  } catch (error) {
    if (!(error instanceof DependencyError)) throw error;
    throw error.cause instanceof ReplyError ? new LockUnavailableError(error) : new LockAmbiguousError(error);
  }
}
