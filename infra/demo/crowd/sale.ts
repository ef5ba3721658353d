import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** What all people of the crowd know about the sale they are in. */
export class Sale {
  readonly performanceId: string;
  readonly price: number;
  readonly seats: number;
  readonly holdMs: number;
  readonly #sold = new Set<string>();
  readonly #over = new AbortController();
  readonly #deadline: NodeJS.Timeout;
  outOfTime = false;

  /** @param limitMs after so long the sale is over, sold out or not: the bound on every loop of the crowd. */
  constructor(
    performanceId: string,
    hall: { price: number; seats: number; holdMs: number },
    limitMs: number,
  ) {
    this.performanceId = performanceId;
    this.price = hall.price;
    this.seats = hall.seats;
    this.holdMs = hall.holdMs;
    setMaxListeners(0, this.#over.signal);
    this.#deadline = setTimeout(() => {
      this.outOfTime = true;
      this.#over.abort();
    }, limitMs);
  }

  get over(): boolean {
    return this.#over.signal.aborted;
  }

  get soldSeats(): number {
    return this.#sold.size;
  }

  /** Notes the seats of a paid hold; with the last seat the sale is over. */
  sell(seatIds: readonly string[]): void {
    for (const seatId of seatIds) this.#sold.add(seatId);
    if (this.#sold.size >= this.seats) this.#over.abort();
  }

  /** The seat map shows nothing but sold seats: others may have paid whose answer was lost. */
  seeSoldOut(): void {
    this.#over.abort();
  }

  /** Waits so many ms, or until the sale is over. */
  async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#over.signal }).catch(() => {
      // The end of the sale is what the pause is meant to be cut short by.
    });
  }

  close(): void {
    clearTimeout(this.#deadline);
    this.#over.abort();
  }
}
