/**
 * A sale as a few plain maps: what every command must answer when nothing else goes on. It shares no code with what it
 * judges; a refusal is named by its slug.
 */
export class SaleModel {
  readonly #balances = new Map<string, number>();
  /** The hold that has a seat, live, over, or paid and not cancelled. */
  readonly #seats = new Map<string, string>();
  readonly #holds = new Map<string, ModelHold>();
  readonly #price: number;
  readonly #maxSeats: number;

  constructor(price: number, maxSeats: number) {
    this.#price = price;
    this.#maxSeats = maxSeats;
  }

  balance(user: string): number {
    return this.#balances.get(user) ?? 0;
  }

  statusOf(hold: string): ModelHold['status'] | undefined {
    return this.#holds.get(hold)?.status;
  }

  /** The seats that nobody may hold now. */
  get taken(): string[] {
    return [...this.#seats]
      .filter(([, hold]) => this.#isTaken(hold))
      .map(([seat]) => seat)
      .toSorted();
  }

  charge(user: string, amount: number): string {
    this.#balances.set(user, this.balance(user) + amount);
    return `balance ${this.balance(user)}`;
  }

  /** @param hold the name that the hold gets if it is made */
  hold(user: string, seats: readonly string[], hold: string): string {
    const same = [...this.#holds].find(
      ([, each]) => each.user === user && each.status === 'held' && each.seats.join() === seats.join(),
    );
    if (same) return `held ${same[0]}`;
    const own = [...this.#holds.values()].filter(
      (each) => each.user === user && (each.status === 'held' || each.status === 'paid'),
    );
    const count = own.reduce((sum, each) => sum + each.seats.length, 0);
    if (count + seats.length > this.#maxSeats) return 'seat-limit';
    const lost = seats.filter((seat) => this.#isTaken(this.#seats.get(seat) ?? ''));
    if (lost.length > 0) return `seat-unavailable ${lost.join()}`;
    for (const seat of seats) this.#seats.set(seat, hold);
    this.#holds.set(hold, { user, seats, status: 'held', isExtended: false });
    return `held ${hold}`;
  }

  extend(user: string, name: string): string {
    const hold = this.#own(user, name);
    if (hold === undefined) return 'not-found';
    if (hold.status !== 'held') return over(hold);
    if (hold.isExtended) return 'extension-limit';
    hold.isExtended = true;
    return 'extended';
  }

  release(user: string, name: string): string {
    const hold = this.#own(user, name);
    if (hold === undefined) return 'not-found';
    if (hold.status === 'paid' || hold.status === 'cancelled') return 'hold-paid';
    if (hold.status === 'held') hold.status = 'released';
    return 'released';
  }

  expire(name: string): void {
    const hold = this.#holds.get(name);
    if (hold?.status === 'held') hold.status = 'expired';
  }

  pay(user: string, name: string): string {
    const hold = this.#own(user, name);
    if (hold === undefined) return 'not-found';
    if (hold.status !== 'held') return over(hold);
    const amount = hold.seats.length * this.#price;
    if (this.balance(user) < amount) return `insufficient-points ${this.balance(user)} of ${amount}`;
    hold.status = 'paid';
    this.#balances.set(user, this.balance(user) - amount);
    return `paid ${amount}, balance ${this.balance(user)}`;
  }

  cancel(user: string, name: string): string {
    const hold = this.#own(user, name);
    if (hold?.status === 'cancelled') return 'already-cancelled';
    if (hold?.status !== 'paid') return 'not-found';
    const amount = hold.seats.length * this.#price;
    hold.status = 'cancelled';
    this.#balances.set(user, this.balance(user) + amount);
    return `refunded ${amount}, balance ${this.balance(user)}`;
  }

  #own(user: string, name: string): ModelHold | undefined {
    const hold = this.#holds.get(name);
    return hold?.user === user ? hold : undefined;
  }

  #isTaken(hold: string): boolean {
    const status = this.#holds.get(hold)?.status;
    return status === 'held' || status === 'paid';
  }
}

interface ModelHold {
  readonly user: string;
  readonly seats: readonly string[];
  status: 'held' | 'expired' | 'released' | 'paid' | 'cancelled';
  isExtended: boolean;
}

const over = ({ status }: ModelHold): string => `hold-${status === 'cancelled' ? 'paid' : status}`;
