import { logger } from '../log.ts';
import { LockAmbiguousError, LockLostError, LockUnavailableError } from './errors.ts';
import type { Lease } from './lock.ts';

/** Renewals a lease: one may fail, and the next still comes in time. */
const renewalsPerLease = 3;

/** Extends a lease again and again until it is stopped, the lease is lost, or the time is over. */
export class LeaseRenewal {
  readonly #lease: Pick<Lease, 'extend' | 'remainingMs'>;
  readonly #leaseMs: number;
  readonly #untilMs: number;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  /** @param renewForMs after this time the lease is left to end, so that work that hangs does not hold it for ever */
  constructor(lease: Pick<Lease, 'extend' | 'remainingMs'>, leaseMs: number, renewForMs: number) {
    this.#lease = lease;
    this.#leaseMs = leaseMs;
    this.#untilMs = performance.now() + renewForMs;
    this.#schedule();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (this.#isStopped || performance.now() >= this.#untilMs) return;
    this.#timer = setTimeout(() => void this.#renew(), this.#leaseMs / renewalsPerLease).unref();
  }

  async #renew(): Promise<void> {
    try {
      await this.#lease.extend(this.#leaseMs);
    } catch (error) {
      // A lost lease has aborted its signal: there is nothing more to do here.
      if (error instanceof LockLostError) return;
      // Redis is out of reach: the next renewal may come through, else the lease ends and its signal says so.
      if (!(error instanceof LockUnavailableError || error instanceof LockAmbiguousError)) {
        logger.error('A lease could not be renewed', { cause: error });
        return;
      }
    }
    this.#schedule();
  }
}
