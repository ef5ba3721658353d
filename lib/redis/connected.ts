import { DependencyError } from '../errors.ts';
import type { RedisClient } from './client.ts';

/** Who has nothing to send on must learn so within about a second. */
const connectedWithinMs = 800;

/** There is no connection, so that nothing was sent. */
export class NotConnectedError extends DependencyError {
  constructor(cause: unknown) {
    super('redis', cause);
  }
}

const connecting = new WeakMap<RedisClient, Promise<void>>();

/**
 * Waits for a live connection, for 0.8 s at most. A command that is sent without one waits in the client's queue, where it
 * outlives its caller: it is carried out when the connection comes, though its caller was told long ago that it was not.
 *
 * @throws NotConnectedError when the attempt to connect that is under way, or the next, fails
 */
export function connected(redis: RedisClient): Promise<void> {
  const underWay = connecting.get(redis);
  if (underWay) return underWay;
  const attempt = connect(redis).finally(() => connecting.delete(redis));
  connecting.set(redis, attempt);
  return attempt;
}

function connect(redis: RedisClient): Promise<void> {
  return new Promise((resolve, reject) => {
    let cause: unknown;
    const settle = (failure?: string) => {
      clearTimeout(timer);
      redis.off('ready', onReady).off('close', onClose).off('end', onClose).off('error', onError);
      if (failure === undefined) resolve();
      else reject(new NotConnectedError(new Error(failure, { cause })));
    };
    const onReady = () => settle();
    const onClose = () => settle('the connection failed');
    const onError = (error: unknown) => {
      forgetCommand(error);
      cause = error;
    };
    const timer = setTimeout(() => settle('no connection in time'), connectedWithinMs);
    redis.on('error', onError).once('ready', onReady).once('close', onClose).once('end', onClose);
    if (redis.status === 'end') settle('the client was closed');
    // How the attempt ends is told by the events.
    else if (redis.status === 'wait') redis.connect().catch(() => undefined);
  });
}

/** ioredis puts the command with its arguments on its errors, and one of them may be the password. */
export function forgetCommand(error: unknown): void {
  if (error instanceof Error) Reflect.deleteProperty(error, 'command');
}
