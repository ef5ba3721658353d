import { LockAmbiguousError, LockContendedError, LockUnavailableError } from '../../../lib/lock/errors.ts';
import type { Lease, Lock } from '../../../lib/lock/lock.ts';
import type { Reply, Round } from '../cell.ts';
import type { Lab } from '../laboratory.ts';

const waitMs = 5_000;

/** Does the work while it holds the round's lock; who does not get it in time is refused. */
export async function underLock(
  { leaseMs }: Lab,
  lock: Lock,
  { id }: Round,
  work: (lease: Lease) => Promise<Reply>,
): Promise<Reply> {
  let lease: Lease;
  try {
    lease = await lock.acquire([`{lab:${id}}`], { leaseMs, waitMs });
  } catch (error) {
    if (error instanceof LockContendedError) return { outcome: 'refused' };
    if (error instanceof LockUnavailableError || error instanceof LockAmbiguousError)
      return { outcome: 'failed' };
    throw error;
  }
  try {
    return await work(lease);
  } finally {
    await lease.release();
  }
}
