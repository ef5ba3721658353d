import { LockContendedError, LockUnavailableError } from './errors.ts';
import { endOf, type Taken } from './held-lease.ts';
import type { Acquisition } from './leasing-lock.ts';
import type { Turn } from './lock-scripts.ts';
import { draw, Patience } from './patience.ts';
import type { Expectation, TurnListener } from './turn-listener.ts';
import { Wake } from './wake.ts';

/**
 * How long a grant waits to be claimed. Together with the longest look-up interval it bounds what a dead
 * waiter costs the others: below 500 ms.
 */
export const grantMs = 225;
/** A waiter looks by itself this often, evenly drawn: somebody must notice a holder or waiter that died. */
const lookIntervalMs = { min: 150, max: 225 };
/** Who cannot hear must look before a grant ends. */
const unheardIntervalMs = { min: 40, max: 80 };
/** Waiters who see a lease end come back a little apart. */
const leaseEndIntervalMs = { min: 1, max: 8 };
/** A grant that may end sooner is claimed before anybody relies on it. */
const minClaimMs = 25;
/** A process that was busier than this since it last asked may not come to claim a grant in time: it claims first. */
const maxUtilization = 0.5;

const nobody = '-';

export interface LineRequests {
  /** Takes the lock or stands in line, as the listener named; `former` is the one named before, if any. */
  ask(listener: string, ...former: readonly string[]): Promise<Turn>;
  /** Grants a free lock to the first in line. */
  pass(): Promise<number>;
  /** Leaves the line, and gives back a grant that has come meanwhile. Never throws for an outage. */
  leave(listener: string): Promise<number>;
  /** The same, without waiting for it. */
  leaveLater(listener: string): void;
}

/** One waiter's time in the line of one lock. */
export class TurnWait {
  readonly #lock: string;
  readonly #acquisition: Acquisition;
  readonly #listener: TurnListener;
  readonly #requests: LineRequests;
  readonly #expectation: Expectation;
  readonly #wake = new Wake();
  readonly #patience = new Patience();
  /** As whom the waiter stands in line, while it does. */
  #standsAs: string | undefined;
  /** Its turn was missed once: it does not rely on being told again. */
  #isUnheard = false;
  /** When the last request was sent that was answered with 'not yet'. */
  #notYetAtMs = Number.NEGATIVE_INFINITY;
  #idleAtRequestMs = 0;
  #grantedFence: number | undefined;

  constructor(lock: string, acquisition: Acquisition, listener: TurnListener, requests: LineRequests) {
    this.#lock = lock;
    this.#acquisition = acquisition;
    this.#listener = listener;
    this.#requests = requests;
    this.#expectation = listener.expectTurn(lock, {
      onTurn: (fence) => {
        this.#grantedFence = fence;
        this.#wake.wake();
      },
      onDeaf: this.#wake.wake,
    });
  }

  /** @throws what `Lock.acquire` throws */
  async run(): Promise<Taken> {
    const { deadlineMs, signal } = this.#acquisition;
    signal?.addEventListener('abort', this.#wake.wake);
    try {
      for (;;) {
        const answer = await this.#ask();
        if (typeof answer === 'object') return answer;
        const remainingMs = deadlineMs - performance.now();
        if (remainingMs > 0 && !signal?.aborted) await this.#wake.wait(Math.min(answer, remainingMs));
        if (signal?.aborted) break;
        const granted = this.#grant();
        if (granted !== undefined) return granted;
        if (performance.now() >= deadlineMs) break;
      }
      await this.#requests.leave(this.#expectation.listener);
      signal?.throwIfAborted();
      throw new LockContendedError([this.#lock]);
    } finally {
      signal?.removeEventListener('abort', this.#wake.wake);
      this.#expectation.forget();
    }
  }

  /**
   * A grant of which this waiter knows that it cannot have ended: the lock was not yet granted when the last
   * request was sent, and no turn was missed since. It is relied on at once and claimed later. Any other, one of
   * several locks that are waited for in turn, and one in a busy process, is claimed first.
   */
  #grant(): Taken | undefined {
    const fence = this.#grantedFence;
    this.#grantedFence = undefined;
    const nowMs = performance.now();
    const claimUntilMs = endOf(this.#notYetAtMs, grantMs);
    const isCertain = !this.#isUnheard && claimUntilMs - nowMs >= minClaimMs;
    const isAlone = this.#acquisition.resources.length === 1;
    const idleMs = performance.nodeTiming.idleTime - this.#idleAtRequestMs;
    const isBusy = idleMs < (nowMs - this.#notYetAtMs) * (1 - maxUtilization);
    if (fence === undefined || !isCertain || !isAlone || isBusy) return undefined;
    return { fence, sentAtMs: nowMs, claimUntilMs };
  }

  /** What was taken; else the ms until it asks again unless woken. */
  async #ask(): Promise<Taken | number> {
    const sentAtMs = performance.now();
    try {
      const answer = this.#standsAs === undefined ? await this.#enter() : await this.#askAs(this.#hearing());
      if (answer.status === 'held') return { fence: answer.fence, sentAtMs };
      this.#patience.answered();
      if (answer.status === 'taken') throw new TypeError('does not stand in line, though it asked for it');
      if (answer.isVacant) await this.#requests.pass();
      return this.#intervalMs(answer.endsInMs);
    } catch (error) {
      return this.#endure(error);
    }
  }

  /** Nobody stands in line whose turn would go unheard: the process listens first. */
  async #enter(): Promise<Turn> {
    if (!this.#listener.hears(this.#lock)) await this.#listener.listen(this.#lock);
    return this.#askAs(this.#hearing());
  }

  async #askAs(listener: string): Promise<Turn> {
    const former = this.#standsAs;
    // From here on it may stand in line, whatever becomes of the answer.
    this.#standsAs = listener;
    const sentAtMs = performance.now();
    const asking = this.#requests.ask(listener, ...(former === undefined ? [] : [former]));
    this.#idleAtRequestMs = performance.nodeTiming.idleTime;
    const answer = await asking.catch((error: unknown) => {
      // Nothing was sent: it stands as it did, and would else stand twice.
      if (error instanceof LockUnavailableError) this.#standsAs = former;
      throw error;
    });
    if (answer.status !== 'waiting') return answer;
    this.#notYetAtMs = sentAtMs;
    if (answer.isBack) {
      this.#standsAs = nobody;
      this.#isUnheard = true;
    }
    return answer;
  }

  #hearing(): string {
    return !this.#isUnheard && this.#listener.hears(this.#lock) ? this.#expectation.listener : nobody;
  }

  #intervalMs(leaseEndsInMs = Number.POSITIVE_INFINITY): number {
    const interval = draw(this.#standsAs === nobody ? unheardIntervalMs : lookIntervalMs);
    return Math.min(interval, leaseEndsInMs + draw(leaseEndIntervalMs));
  }

  #endure(error: unknown): number {
    try {
      return this.#patience.endure(error);
    } catch (failure) {
      if (this.#standsAs !== undefined) this.#requests.leaveLater(this.#expectation.listener);
      throw failure;
    }
  }
}
