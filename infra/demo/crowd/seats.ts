import { readObject } from '../../audit/exchange.ts';
import type { Person } from './person.ts';

export type Hold = { readonly holdId: string; readonly expiresAtMs: number };

/** After so many refusals a person has had enough. */
const maxTries = 60;

/**
 * Looks at the seat map and asks for popular seats until some are had.
 *
 * @returns null when the sale is over, the admission has ended, or patience has.
 */
export async function holdSeats(person: Person): Promise<Hold | null> {
  const view = new SeatView(person);
  for (let attempt = 0; attempt < maxTries && !person.sale.over; attempt += 1) {
    const seatIds = await view.choose();
    if (seatIds.length === 0) {
      await person.sale.pause(person.random.whole(300, 1_000));
      continue;
    }
    const path = `/performances/${person.sale.performanceId}/holds`;
    const answer = await person.ask({ kind: 'hold seats', method: 'POST', path, body: { seatIds } });
    if (answer === null || answer.slug === 'not-admitted' || answer.slug === 'seat-limit') return null;
    if (answer.status < 300) {
      const { holdId, expiresAt } = answer.json;
      return { holdId: String(holdId), expiresAtMs: Date.parse(String(expiresAt)) };
    }
    view.forget(Array.isArray(answer.json.seatIds) ? answer.json.seatIds.map(String) : seatIds);
    await person.sale.pause(person.random.whole(20, 200));
  }
  return null;
}

/** The map as one person last saw it, less the seats found taken since. */
class SeatView {
  readonly #person: Person;
  #available: string[] = [];
  #etag: string | undefined;
  #known: string[] = [];
  #refusals = 0;

  constructor(person: Person) {
    this.#person = person;
  }

  /** Seats side by side in the map's order, beginning at a popular one; none when all look taken. */
  async choose(): Promise<string[]> {
    if (this.#available.length === 0 || this.#refusals >= 3) await this.#look();
    const { random, habits } = this.#person;
    if (this.#available.length === 0) return [];
    const first = random.popular(this.#available.length);
    return this.#available.slice(first, first + habits.seatsWanted);
  }

  forget(taken: readonly string[]): void {
    this.#refusals += 1;
    this.#available = this.#available.filter((seatId) => !taken.includes(seatId));
  }

  async #look(): Promise<void> {
    const path = `/performances/${this.#person.sale.performanceId}/seats`;
    const etag = this.#etag === undefined ? {} : { etag: this.#etag };
    const reply = await this.#person.send({ kind: 'read seats', method: 'GET', path, ...etag });
    if (reply.outcome.type === 'answer' && reply.outcome.status === 200) {
      this.#etag = reply.etag;
      const seats = readSeats(reply.outcome.text);
      this.#known = seats.filter(({ status }) => status === 'available').map(({ seatId }) => seatId);
      if (seats.length > 0 && seats.every(({ status }) => status === 'sold')) this.#person.sale.seeSoldOut();
    }
    this.#available = this.#known;
    this.#refusals = 0;
  }
}

function readSeats(text: string): { seatId: string; status: unknown }[] {
  const { items } = readObject(text);
  const seats: unknown[] = Array.isArray(items) ? items : [];
  return seats.map((item) => {
    const { seatId, status } = readObject(JSON.stringify(item));
    return { seatId: String(seatId), status };
  });
}
