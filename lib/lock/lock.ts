/**
 * What the three kinds of lock have in common. A lock makes contention cheap and orderly; it is never what
 * makes the answer right: a holder may be paused past its lease. What must be right is guarded again in
 * Postgres, with the lease's fence.
 */
export interface Lock {
  /**
   * Takes all the resources or none.
   *
   * @param resources names that share one hash tag, e.g. `{wallet:u1}`; taken in sorted order
   * @throws LockContendedError somebody else holds one, still so after `waitMs`
   * @throws LockUnavailableError Redis did not take the command; certainly not held
   * @throws LockAmbiguousError Redis may have taken it (the reply was lost, or came after the lease); a release
   *   was sent after it. Try again with another token: that release may still be on its way
   * @throws what `signal` was aborted with
   */
  acquire(resources: readonly string[], options: AcquireOptions): Promise<Lease>;

  /**
   * Gives back what `acquire` took, also from another process than the one that took it.
   * Resources that are no longer held with this token are left alone.
   *
   * @returns how many of the resources were held with the token
   * @throws LockUnavailableError they stay held until their lease ends
   * @throws LockAmbiguousError they may have been given back
   */
  release(resources: readonly string[], token: string): Promise<number>;

  /**
   * Makes the lease end `leaseMs` from now, if the token still holds every resource.
   *
   * @throws LockLostError one of them is no longer held with the token; nothing was changed
   * @throws LockUnavailableError the lease ends when it would have
   * @throws LockAmbiguousError the lease may have been extended
   */
  extend(resources: readonly string[], token: string, leaseMs: number): Promise<void>;

  /** Closes what the lock opened for itself; the client it was given stays open. */
  close(): Promise<void>;
}

export interface AcquireOptions {
  /** After this time the lock is free again, whatever became of its holder. */
  readonly leaseMs: number;
  /** How long to wait for a holder to let go; 0 tries once. The simple lock always tries once. */
  readonly waitMs: number;
  /** Who holds it; a random one unless told. Acquiring again with the same token succeeds. */
  readonly token?: string;
  /** Ends the waiting early. */
  readonly signal?: AbortSignal;
  /** Extends the lease by itself while it is held, for at most this long; not unless told. */
  readonly renewForMs?: number;
}

/** A lock that is held, until `release` or the end of the lease. */
export interface Lease {
  readonly resources: readonly string[];
  readonly token: string;
  /** Grows with every acquisition of a resource, over restarts and data loss of Redis too. */
  readonly fence: number;
  /**
   * Time left by this process's monotonic clock, less an allowance for drift; 0 once it is over. A waiter whose
   * turn came by message holds a grant, which is claimed when it has held it for a while: should the claim not
   * come through, the lease is over, and the signal aborts, before the grant ends and another is let in (within
   * 225 ms).
   */
  remainingMs(): number;
  /** Aborts, with a `LockLostError`, when the lease is known to be lost or over; not when it is released. */
  readonly signal: AbortSignal;
  /** @throws what `Lock.extend` throws; after a `LockLostError` the signal is aborted */
  extend(leaseMs: number): Promise<void>;
  /**
   * Never throws: a lost lease has nothing left to give back, and without Redis the lease ends by itself, so
   * that work that was committed is not turned into a failure. Releasing twice is releasing once.
   */
  release(): Promise<void>;
}

/** Told of what goes on at a lock; for metrics. */
export interface LockObserver {
  /** An acquisition ended. `attempts` counts the requests made for it. */
  acquired?(event: {
    readonly outcome: AcquireOutcome;
    readonly waitedMs: number;
    readonly attempts: number;
  }): void;
  /** A lease was given back, or was found lost. */
  ended?(event: { readonly outcome: 'released' | 'lost'; readonly heldMs: number }): void;
}

export type AcquireOutcome = 'acquired' | 'contended' | 'unavailable' | 'ambiguous' | 'aborted';
