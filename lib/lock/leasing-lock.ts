import { randomUUID } from 'node:crypto';
import { LockAmbiguousError, LockContendedError, LockUnavailableError } from './errors.ts';
import { endOf, HeldLease, type LeaseServices, type LeaseTerms, type Taken } from './held-lease.ts';
import { LateReleases } from './late-release.ts';
import type { AcquireOptions, AcquireOutcome, Lease, Lock, LockObserver } from './lock.ts';
import { orderResources } from './lock-keys.ts';

/** One acquisition, while it lasts. */
export interface Acquisition extends LeaseTerms {
  readonly resources: readonly [string, ...string[]];
  /** By `performance.now()`: the waiting ends here. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal | undefined;
  /** Requests made so far. */
  attempts: number;
}

/** What the kinds of lock share: the lease, and what follows an acquisition that failed. */
export abstract class LeasingLock implements Lock {
  protected readonly lateReleases = new LateReleases();
  readonly #services: LeaseServices;

  constructor(observer: LockObserver) {
    this.#services = { lock: this, lateReleases: this.lateReleases, observer };
  }

  /** Takes all or none within the time; throws what `acquire` promises. */
  protected abstract take(acquisition: Acquisition): Promise<Taken>;
  /** What gives the locks back, made ready while they are asked for: others wait for it. */
  protected abstract prepareRelease(resources: readonly string[], token: string): () => Promise<number>;
  abstract extend(resources: readonly string[], token: string, leaseMs: number): Promise<void>;

  async acquire(resources: readonly string[], options: AcquireOptions): Promise<Lease> {
    options.signal?.throwIfAborted();
    const { leaseMs, waitMs, token = randomUUID(), signal } = options;
    if (!Number.isSafeInteger(leaseMs) || leaseMs < 1)
      throw new RangeError('leaseMs must be a positive integer');
    if (token === '') throw new RangeError('the token must not be empty');
    const beganAtMs = performance.now();
    const ordered = orderResources(resources);
    let prepared: (() => Promise<number>) | undefined;
    const prepare = () => (prepared ??= this.prepareRelease(ordered, token));
    const giveBack = () => prepare()();
    const acquisition: Acquisition = {
      ...{ resources: ordered, token, leaseMs, giveBack },
      ...{ deadlineMs: beganAtMs + waitMs, signal, attempts: 0 },
    };
    let outcome: AcquireOutcome = 'aborted';
    try {
      const taking = this.take(acquisition);
      prepare();
      const lease = this.#begin(acquisition, await taking, options.renewForMs);
      outcome = 'acquired';
      return lease;
    } catch (error) {
      outcome = outcomeOf(error);
      if (outcome === 'ambiguous') this.lateReleases.start(giveBack);
      throw error;
    } finally {
      const waitedMs = performance.now() - beganAtMs;
      this.#services.observer.acquired?.({ outcome, waitedMs, attempts: acquisition.attempts });
    }
  }

  async release(resources: readonly string[], token: string): Promise<number> {
    return this.prepareRelease(resources, token)();
  }

  async close(): Promise<void> {
    await this.lateReleases.settled();
  }

  #begin(acquisition: Acquisition, taken: Taken, renewForMs: number | undefined): Lease {
    if (endOf(taken.sentAtMs, acquisition.leaseMs) <= performance.now()) {
      throw new LockAmbiguousError(new Error('the answer came after the lease had ended'));
    }
    return new HeldLease(acquisition, taken, this.#services, renewForMs);
  }
}

function outcomeOf(error: unknown): AcquireOutcome {
  if (error instanceof LockContendedError) return 'contended';
  if (error instanceof LockUnavailableError) return 'unavailable';
  if (error instanceof LockAmbiguousError) return 'ambiguous';
  return 'aborted';
}
