import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { readObject } from '../../audit/exchange.ts';
import type { TortureStage } from '../stage/open-stage.ts';

export interface Hall {
  readonly rows: number;
  readonly seatsPerRow: number;
}

export const pricePoints = 100;
export const holdSeconds = 4;
/** Short, so that a lost line is admitted again while the round still runs. */
const heartbeatSeconds = 5;
const requestTimeoutMs = 10_000;
/** How long after the end of the sale requests that have no answer yet are repeated. */
const lastCallsMs = 15_000;

/** What all actors know about the sale they are in. */
export class Sale {
  readonly performanceId: string;
  readonly seatIds: readonly string[];
  readonly #sold = new Set<string>();
  readonly #over = new AbortController();
  #closesAtMs = Number.POSITIVE_INFINITY;

  constructor(performanceId: string, { rows, seatsPerRow }: Hall) {
    this.performanceId = performanceId;
    this.seatIds = Array.from({ length: rows }, (_, row) =>
      Array.from({ length: seatsPerRow }, (__, n) => `${performanceId}:${rowName(row)}-${n + 1}`),
    ).flat();
    setMaxListeners(0, this.#over.signal);
  }

  get isOver(): boolean {
    return this.#over.signal.aborted;
  }

  /** Nothing is repeated any more. */
  get isClosed(): boolean {
    return performance.now() > this.#closesAtMs;
  }

  get soldSeats(): number {
    return this.#sold.size;
  }

  /** Seats that nobody is known to have bought; all of them when there is none. */
  get unsold(): readonly string[] {
    const left = this.seatIds.filter((seatId) => !this.#sold.has(seatId));
    return left.length === 0 ? this.seatIds : left;
  }

  sell(seatIds: readonly string[]): void {
    for (const seatId of seatIds) this.#sold.add(seatId);
  }

  /** What was bought is given back. */
  giveBack(seatIds: readonly string[]): void {
    for (const seatId of seatIds) this.#sold.delete(seatId);
  }

  async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#over.signal }).catch(() => {
      // The end of the sale is what the pause is meant to be cut short by.
    });
  }

  /** Nothing new is begun; what has no answer yet is repeated for some seconds more. */
  end(): void {
    this.#closesAtMs = Math.min(this.#closesAtMs, performance.now() + lastCallsMs);
    this.#over.abort();
  }
}

/** A, B, … Z, AA, … */
function rowName(row: number): string {
  const last = String.fromCharCode(65 + (row % 26));
  return row < 26 ? last : `${rowName(Math.floor(row / 26) - 1)}${last}`;
}

/**
 * Puts a performance on sale over HTTP, as an admin would, with room for everybody.
 *
 * @param draw whether there is one, though nobody comes before the opening
 * @throws Error when the answer is not a 201
 */
export async function openSale(stage: TortureStage, hall: Hall, draw = false): Promise<Sale> {
  const [token] = await stage.issueTokens(['torture-admin'], { admin: true });
  const response = await fetch(`${stage.http}/performances`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      name: 'Under torture',
      startsAt: new Date(Date.now() + 30 * 86_400_000).toISOString(),
      seats: { ...hall, price: pricePoints },
      waitingRoom: {
        capacity: 1_000,
        admitPerSecond: 1_000,
        admissionSeconds: 3_600,
        heartbeatSeconds,
        draw,
      },
      holdSeconds,
      maxSeatsPerUser: 20,
    }),
    signal: AbortSignal.timeout(requestTimeoutMs),
  });
  const text = await response.text();
  if (response.status !== 201) throw new Error(`The performance was not created: ${response.status} ${text}`);
  return new Sale(String(readObject(text).performanceId), hall);
}
