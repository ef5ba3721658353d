import { LockAmbiguousError, LockUnavailableError } from './errors.ts';

/** Without an answer for so long, the waiting ends: its caller has another way. */
const silenceMs = 1_000;
/** After a failed request the next one follows so soon. */
const retryIntervalMs = { min: 20, max: 40 };

/**
 * Decides how a waiter takes the failure of a request. A short outage is waited out, since asking again with
 * the same token is safe; a long one ends the waiting.
 */
export class Patience {
  #answeredAtMs: number | undefined;
  #mayHold = false;

  /** A request was sent whose answer never came: it may have taken the lock. */
  get mayHold(): boolean {
    return this.#mayHold;
  }

  /** Redis has answered that the lock is not held. */
  answered(): void {
    this.#answeredAtMs = performance.now();
    this.#mayHold = false;
  }

  /**
   * @returns ms after which to ask again
   * @throws LockUnavailableError, LockAmbiguousError when it is over; at once when Redis has never answered
   */
  endure(error: unknown): number {
    const isAmbiguous = error instanceof LockAmbiguousError;
    if (!isAmbiguous && !(error instanceof LockUnavailableError)) throw error;
    this.#mayHold ||= isAmbiguous;
    const isOver = this.#answeredAtMs === undefined || performance.now() - this.#answeredAtMs > silenceMs;
    if (isOver) throw this.sure(error);
    return draw(retryIntervalMs);
  }

  /** The failure as it may be told: after an answer that was lost, a later request that failed says nothing of that one. */
  sure(error: unknown): unknown {
    return this.#mayHold && !(error instanceof LockAmbiguousError) ? new LockAmbiguousError(error) : error;
  }
}

/** A duration drawn evenly from a range. */
export const draw = ({ min, max }: { readonly min: number; readonly max: number }) =>
  min + Math.random() * (max - min);
