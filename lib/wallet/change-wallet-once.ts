import type { Db } from '../db/client.ts';
import { LeaseOverError, type Tx } from '../db/transaction.ts';
import { within } from '../deadline.ts';
import { Problem } from '../errors.ts';
import { isRunning, type KeyedRequest, type OnceAnswer, runOnce } from '../idempotency/run-once.ts';
import {
  LockAmbiguousError,
  LockContendedError,
  LockLostError,
  LockUnavailableError,
} from '../lock/errors.ts';
import type { Lease, Lock } from '../lock/lock.ts';
import { logger, metrics } from '../log.ts';
import { walletLock } from '../redis/keys.ts';

/** What every change of a wallet needs. */
export interface WalletServices {
  readonly db: Db;
  readonly walletLock: Lock;
}

/** Longer than any transaction under it may take. */
const leaseMs = 5_000;
/** Of the whole request, however many leases it takes. */
const waitMs = 1_800;
const releaseWithinMs = 300;
/** Whoever goes on without the lock it has waited for begins so soon, or not at all, with this much for a statement. */
const unlockedWithinMs = 2_100;
const unlockedStatementMs = 600;
/** A lease that was lost sooner than this is taken anew, once: there is time left to wait for it. */
const retryWithinMs = 1_500;

/**
 * Changes a user's wallet at most once a key: lock → BEGIN … COMMIT → unlock. Released inside the
 * transaction, the lock would let the next one read what is not committed yet; taken inside, it would hold
 * a database connection while it waits.
 *
 * Without Redis the change goes on, guarded by the rows alone, and is counted. The fence of the lease is
 * compared in SQL by `lockWallet`, so that a holder that was paused past its lease changes nothing; it begins anew,
 * once, as it does when Redis has forgotten the lease.
 *
 * A lock that nobody gives back is no longer believed after the wait: a Redis that has crashed or failed over brings
 * locks back that were released. The change goes on without it, and waits for the row if somebody really has it.
 *
 * @throws Problem `request-in-progress` when the same key is under way, `unavailable` when another change of
 *   this wallet takes too long, and what `runOnce` throws
 */
export async function changeWalletOnce(
  services: WalletServices,
  request: KeyedRequest,
  work: WalletChange,
): Promise<OnceAnswer> {
  const beganAtMs = performance.now();
  try {
    return await changeUnderLease(services, request, work, beganAtMs);
  } catch (error) {
    if (!isLeaseOver(error)) throw error;
    if (performance.now() - beganAtMs > retryWithinMs) throw tookTooLong(error);
  }
  return changeUnderLease(services, request, work, beganAtMs).catch((error: unknown) => {
    throw isLeaseOver(error) ? tookTooLong(error) : error;
  });
}

type WalletChange = (tx: Tx, fence: number | undefined) => Promise<object>;

const isLeaseOver = (error: unknown) => error instanceof LockLostError || error instanceof LeaseOverError;

const tookTooLong = (cause: unknown) =>
  new Problem('unavailable', 'This took too long; send the same request again.', undefined, { cause });

async function changeUnderLease(
  { db, walletLock: lock }: WalletServices,
  request: KeyedRequest,
  work: WalletChange,
  beganAtMs: number,
): Promise<OnceAnswer> {
  let hasWaited = false;
  const remainingWaitMs = Math.max(0, waitMs - (performance.now() - beganAtMs));
  const lease = await acquireUnlessAway(lock, request, remainingWaitMs).catch(async (error: unknown) => {
    if (!(error instanceof LockContendedError)) throw error;
    if (await isRunning(db, request)) {
      throw new Problem('request-in-progress', 'Send the same request again in a moment.');
    }
    const elapsedMs = performance.now() - beganAtMs;
    hasWaited = elapsedMs >= waitMs && elapsedMs < unlockedWithinMs;
    if (!hasWaited)
      throw new Problem('unavailable', 'Another change of this wallet is under way; send the request again.');
    goOnWithout(request, error);
    return undefined;
  });
  try {
    const unlocked = hasWaited ? { statementTimeoutMs: unlockedStatementMs } : {};
    const limits = lease === undefined ? unlocked : { leaseRemainingMs: () => remainingMs(lease) };
    return await runOnce(db, request, limits, (tx) => work(tx, lease?.fence));
  } finally {
    await releaseSoon(lease);
  }
}

const remainingMs = (lease: Lease) => (lease.signal.aborted ? 0 : lease.remainingMs());

/** What was committed is not kept from its user by a Redis that hangs: the lease ends by itself. */
async function releaseSoon(lease: Lease | undefined): Promise<void> {
  if (lease === undefined) return;
  try {
    await within(releaseWithinMs, lease.release());
  } catch (cause) {
    logger.warn('A lock of a wallet is left to its end', { cause });
  }
}

async function acquireUnlessAway(
  lock: Lock,
  request: KeyedRequest,
  remainingWaitMs: number,
): Promise<Lease | undefined> {
  try {
    return await lock.acquire([walletLock(request.userId)], { leaseMs, waitMs: remainingWaitMs });
  } catch (error) {
    if (!(error instanceof LockUnavailableError || error instanceof LockAmbiguousError)) throw error;
    goOnWithout(request, error);
    return undefined;
  }
}

function goOnWithout({ operation }: KeyedRequest, cause: unknown): void {
  logger.warn('Changing a wallet without its lock', { operation, cause });
  metrics.addMetric('WalletWithoutLock', 'Count', 1);
  metrics.publishStoredMetrics();
}
