import type { Random } from '../random.ts';

/** What one person will do, drawn once, so that a seed gives the same crowd. */
export type Habits = {
  /** Entries sent at the same moment. */
  readonly entries: number;
  readonly leavesLine: 'never' | 'for-good' | 'and-returns';
  readonly seatsWanted: number;
  /** The points are charged in so many parts at once, each with a key of its own. */
  readonly chargeParts: number;
  /** Each charge is sent twice at once with one key. */
  readonly repeatsCharge: boolean;
  /** The first try of a charge is cut off in flight, then repeated with its key. */
  readonly abortsCharge: boolean;
  /** Charges only after a payment was refused for want of points. */
  readonly startsPoor: boolean;
  readonly afterHold: 'pays' | 'walks-away' | 'changes-mind';
  readonly payment: 'once' | 'twice-with-one-key' | 'twice-with-two-keys' | 'aborts-and-repeats';
  /** Charges once more while the payment runs. */
  readonly topsUpWhilePaying: boolean;
  /** Also looks at the public state of the queue while waiting. */
  readonly watchesSign: boolean;
  /** Reads the reservation until its tickets are there. */
  readonly waitsForTickets: boolean;
};

export function drawHabits(random: Random): Habits {
  return {
    entries: random.chance(0.2) ? random.whole(2, 5) : 1,
    leavesLine: pick(random, [0.92, 'never'], [0.04, 'for-good'], [0.04, 'and-returns']),
    seatsWanted: pick(random, [0.35, 1], [0.4, 2], [0.15, 3], [0.1, 4]),
    chargeParts: pick(random, [0.5, 1], [0.25, 2], [0.25, 4]),
    repeatsCharge: random.chance(0.25),
    abortsCharge: random.chance(0.1),
    startsPoor: random.chance(0.08),
    afterHold: pick(random, [0.8, 'pays'], [0.12, 'walks-away'], [0.08, 'changes-mind']),
    payment: pick(
      random,
      [0.5, 'once'],
      [0.2, 'twice-with-one-key'],
      [0.15, 'twice-with-two-keys'],
      [0.15, 'aborts-and-repeats'],
    ),
    topsUpWhilePaying: random.chance(0.15),
    watchesSign: random.chance(0.1),
    waitsForTickets: random.chance(0.2),
  };
}

/** One of the values, each with its weight; the weights sum to 1. */
function pick<T>(
  random: Random,
  ...choices: readonly [readonly [number, T], ...(readonly [number, T])[]]
): T {
  let left = random.next();
  for (const [weight, value] of choices) {
    left -= weight;
    if (left < 0) return value;
  }
  return choices[0][1];
}
