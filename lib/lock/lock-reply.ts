import { ReplyError } from 'ioredis';
import { DependencyError } from '../errors.ts';
import { NotConnectedError } from '../redis/connected.ts';
import { LockAmbiguousError, LockUnavailableError } from './errors.ts';

/**
 * The reply to a lock's command; a failure tells apart what certainly did not happen from what may have happened.
 *
 * @throws LockUnavailableError nothing was sent, or Redis refused it
 * @throws LockAmbiguousError it was sent, and no answer came
 */
export const lockReply = <Reply>(reply: Promise<Reply>): Promise<Reply> => reply.catch(tell);

function tell(error: unknown): never {
  if (!(error instanceof DependencyError)) throw error;
  const isCertain = error instanceof NotConnectedError || error.cause instanceof ReplyError;
  throw isCertain ? new LockUnavailableError(error) : new LockAmbiguousError(error);
}
