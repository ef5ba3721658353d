/** A source of repeatable chance: the same seed gives the same numbers. */
export class Random {
  #state: number;

  /** @param seed any whole number; only its lowest 32 bits count. */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number in [0, 1): mulberry32, which is plenty for choices and nothing for secrets. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `least` to `most`, both included. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** An index below `length` of which the first are the popular ones: weight 1/(index + 1). */
  popular(length: number): number {
    // The inverse of the harmonic sum, approximated by its logarithm.
    return Math.min(length - 1, Math.floor((length + 1) ** this.next()) - 1);
  }

  /** The same items in a random order. */
  shuffled<T>(items: readonly T[]): T[] {
    return items
      .map((item) => ({ item, rank: this.next() }))
      .toSorted((a, b) => a.rank - b.rank)
      .map(({ item }) => item);
  }

  /** A source of its own for part number `index`, so that parts running side by side do not disturb each other. */
  fork(index: number): Random {
    return new Random(Math.imul(this.#state ^ (index + 1), 0x9e3779b1));
  }
}
