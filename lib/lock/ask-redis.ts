import { ReplyError } from 'ioredis';
import { DependencyError } from '../errors.ts';
import type { RedisClient } from '../redis/client.ts';
import { LockAmbiguousError, LockUnavailableError } from './errors.ts';

/** Who waits for a lock must learn within about a second that there is none to be had. */
const connectedWithinMs = 800;

/**
 * Sends a lock's command, and tells apart what certainly did not happen from what may have happened.
 * It is sent on a live connection alone: in the client's queue it could outlive its caller, and take a lock
 * for nobody.
 *
 * @throws LockUnavailableError nothing was sent, or Redis refused it
 * @throws LockAmbiguousError it was sent, and no answer came
 */
export async function askRedis<Reply>(redis: RedisClient, send: () => Promise<Reply>): Promise<Reply> {
  if (redis.status !== 'ready') await connected(redis);
  try {
    return await send();
  } catch (error) {
    if (!(error instanceof DependencyError)) throw error;
    throw error.cause instanceof ReplyError ? new LockUnavailableError(error) : new LockAmbiguousError(error);
  }
}

const connecting = new WeakMap<RedisClient, Promise<void>>();

/** @throws LockUnavailableError when the attempt to connect that is under way, or the next, fails */
function connected(redis: RedisClient): Promise<void> {
  const underWay = connecting.get(redis);
  if (underWay) return underWay;
  const attempt = connect(redis).finally(() => connecting.delete(redis));
  connecting.set(redis, attempt);
  return attempt;
}

function connect(redis: RedisClient): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (failure?: string) => {
      clearTimeout(timer);
      redis.off('ready', onReady).off('close', onClose).off('end', onClose);
      if (failure === undefined) resolve();
      else reject(new LockUnavailableError(new Error(failure)));
    };
    const onReady = () => settle();
    const onClose = () => settle('the connection failed');
    const timer = setTimeout(() => settle('no connection in time'), connectedWithinMs);
    redis.once('ready', onReady).once('close', onClose).once('end', onClose);
    if (redis.status === 'end') settle('the client was closed');
    // How the attempt ends is told by the events.
    else if (redis.status === 'wait') redis.connect().catch(() => undefined);
  });
}
