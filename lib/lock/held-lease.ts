import { LockLostError } from './errors.ts';
import { isOutage, type LateReleases } from './late-release.ts';
import { LeaseRenewal } from './lease-renewal.ts';
import type { Lease, Lock, LockObserver } from './lock.ts';

/** Clocks may run apart by this part of the lease, and Redis ends a lease to the millisecond. */
const driftFactor = 0.01;
const driftMs = 2;
/** A grant is claimed after this time, when most holders are done, and sooner when so little of it may be left. */
const claimAfterMs = 10;
const claimBeforeEndMs = 75;
/** A timer cannot be set for longer. */
const maxTimerMs = 2 ** 31 - 1;

/** What is known of a lease before the locks are taken. */
export interface LeaseTerms {
  readonly resources: readonly string[];
  readonly token: string;
  readonly leaseMs: number;
  /** Gives the locks back. @returns how many of them were held */
  readonly giveBack: () => Promise<number>;
}

/** What taking the locks brought. */
export interface Taken {
  readonly fence: number;
  /** By `performance.now()`, before the request was sent that made the lease begin. */
  readonly sentAtMs: number;
  /** By `performance.now()`: the lock was granted until then and must be claimed, which makes the lease begin. */
  readonly claimUntilMs?: number;
}

export interface LeaseServices {
  readonly lock: Pick<Lock, 'extend'>;
  readonly lateReleases: LateReleases;
  readonly observer: LockObserver;
}

/** A lease, told over by the monotonic clock of this process or by Redis, whichever is first. */
export class HeldLease implements Lease {
  readonly resources: readonly string[];
  readonly token: string;
  readonly fence: number;
  readonly #services: LeaseServices;
  readonly #giveBack: () => Promise<number>;
  readonly #heldSinceMs = performance.now();
  /** Made when somebody first asks for the signal: most holders are done long before the end. */
  #loss: AbortController | undefined;
  #lost: LockLostError | undefined;
  readonly #renewal: LeaseRenewal | undefined;
  /** Later than `#certainUntilMs` until the grant is claimed. */
  #endsAtMs: number;
  #certainUntilMs: number;
  #endTimer: NodeJS.Timeout | undefined;
  #claimTimer: NodeJS.Timeout | undefined;
  #isReleased = false;

  constructor(terms: LeaseTerms, taken: Taken, services: LeaseServices, renewForMs?: number) {
    this.resources = terms.resources;
    this.token = terms.token;
    this.fence = taken.fence;
    this.#services = services;
    this.#giveBack = terms.giveBack;
    this.#endsAtMs = endOf(taken.sentAtMs, terms.leaseMs);
    this.#certainUntilMs = taken.claimUntilMs ?? this.#endsAtMs;
    // Whoever was granted the lock goes on first.
    if (taken.claimUntilMs !== undefined) setImmediate(() => this.#claimLater(terms.leaseMs));
    this.#renewal = renewForMs === undefined ? undefined : new LeaseRenewal(this, terms.leaseMs, renewForMs);
  }

  get signal(): AbortSignal {
    if (this.#loss === undefined) {
      this.#loss = new AbortController();
      if (this.#lost) this.#loss.abort(this.#lost);
      else this.#watchEnd();
    }
    // A process that was stopped may ask before its timer has had its turn.
    if (this.#certainUntilMs <= performance.now()) this.#lose(new LockLostError(this.resources));
    return this.#loss.signal;
  }

  remainingMs(): number {
    if (this.#isReleased || this.#lost) return 0;
    const nowMs = performance.now();
    if (nowMs < this.#certainUntilMs) return this.#endsAtMs - nowMs;
    this.#lose(new LockLostError(this.resources));
    return 0;
  }

  async extend(leaseMs: number): Promise<void> {
    if (this.remainingMs() === 0) throw new LockLostError(this.resources);
    await this.#prolong(leaseMs);
  }

  async #prolong(leaseMs: number): Promise<void> {
    const sentAtMs = performance.now();
    try {
      await this.#services.lock.extend(this.resources, this.token, leaseMs);
    } catch (error) {
      if (error instanceof LockLostError) this.#lose(error);
      throw error;
    }
    // Told meanwhile: what was lost does not come back.
    if (this.#lost) throw this.#lost;
    if (this.#isReleased) return;
    clearTimeout(this.#claimTimer);
    this.#endsAtMs = endOf(sentAtMs, leaseMs);
    this.#certainUntilMs = this.#endsAtMs;
    if (this.#loss) this.#watchEnd();
  }

  /** A turn that is over within the grant needs no claim, and costs no request for one. */
  #claimLater(leaseMs: number): void {
    if (this.#isReleased || this.#lost || this.#certainUntilMs === this.#endsAtMs) return;
    // From when it was held, not from now: a process that is kept from its processor must not lose that time twice.
    const dueAtMs = Math.min(this.#heldSinceMs + claimAfterMs, this.#certainUntilMs - claimBeforeEndMs);
    const delayMs = Math.max(dueAtMs - performance.now(), 0);
    this.#claimTimer = setTimeout(() => void this.#claim(leaseMs), delayMs).unref();
  }

  /**
   * Without an answer the lease is over when the grant is. Redis alone knows when that is: a claim that comes later than
   * this process is certain of may still be in time, as long as nobody was told of a loss.
   */
  async #claim(leaseMs: number): Promise<void> {
    try {
      await this.#prolong(leaseMs);
    } catch (error) {
      const isTold = error instanceof LockLostError;
      if (!isTold && !isOutage(error)) this.#lose(new LockLostError(this.resources, { cause: error }));
    }
  }

  async release(): Promise<void> {
    if (this.#isReleased) return;
    this.#isReleased = true;
    // Sent first: somebody waits for it, and no timer can fire before this turn is over.
    const givenBack = this.#services.lateReleases.now(this.#giveBack);
    this.#renewal?.stop();
    clearTimeout(this.#claimTimer);
    clearTimeout(this.#endTimer);
    const freed = await givenBack;
    this.#report(freed === this.resources.length ? 'released' : 'lost');
  }

  #watchEnd(): void {
    clearTimeout(this.#endTimer);
    if (this.#isReleased) return;
    const certainMs = Math.max(0, this.#certainUntilMs - performance.now());
    this.#endTimer = setTimeout(
      () =>
        this.#certainUntilMs > performance.now()
          ? this.#watchEnd()
          : this.#lose(new LockLostError(this.resources)),
      Math.min(Math.ceil(certainMs), maxTimerMs),
    ).unref();
  }

  #lose(error: LockLostError): void {
    if (this.#isReleased || this.#lost) return;
    this.#renewal?.stop();
    clearTimeout(this.#claimTimer);
    clearTimeout(this.#endTimer);
    this.#lost = error;
    this.#loss?.abort(error);
  }

  #report(outcome: 'released' | 'lost'): void {
    this.#services.observer.ended?.({ outcome, heldMs: performance.now() - this.#heldSinceMs });
  }
}

/** When a lease is over at the latest, by `performance.now()`. */
export const endOf = (sentAtMs: number, leaseMs: number) =>
  sentAtMs + leaseMs - leaseMs * driftFactor - driftMs;
