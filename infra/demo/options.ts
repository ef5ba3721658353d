import { parseArgs } from 'node:util';

export type DemoOptions = {
  readonly users: number;
  readonly seats: number;
  /** How many may be inside the waiting room at once. */
  readonly capacity: number;
  readonly seed: number;
  /** The protection to break, or null for the system as it is. */
  readonly sabotage: string | null;
};

/** A command line that cannot be understood; the message is one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const usage = `npm run demo -- [options]
  --users N          people who want to buy (1000)
  --seats N          seats on sale (300); rows × seats per row, at most 100 × 500 and 20,000
  --capacity N       people inside at once (a third of the seats, at least 5)
  --seed N           the seed of all choices (random, printed)
  --sabotage NAME    break one protection on purpose: the audit must find it
  --help             this text`;

/**
 * Reads the command line.
 *
 * @param specimens the names that `--sabotage` knows.
 * @returns the options, or `help` when that was asked for.
 * @throws UsageError for an unknown option, a value out of range, a number of seats that fills no hall.
 */
export function readOptions(argv: readonly string[], specimens: readonly string[]): DemoOptions | 'help' {
  const values = parse(argv);
  if (values.help === true) return 'help';
  const seats = whole('seats', values.seats, 300, 20_000);
  if (hallOf(seats) === null)
    throw new UsageError(`--seats: ${seats} seats fill no hall of at most 100 × 500`);
  const sabotage = values.sabotage ?? null;
  if (sabotage !== null && !specimens.includes(sabotage)) {
    throw new UsageError(`--sabotage: there is no ${sabotage}, only ${specimens.join(', ')}`);
  }
  return {
    users: whole('users', values.users, 1000, 100_000),
    seats,
    capacity: whole('capacity', values.capacity, Math.max(5, Math.ceil(seats / 3)), 100_000),
    seed: whole('seed', values.seed, Math.floor(Math.random() * 2 ** 31) + 1, 2 ** 32 - 1),
    sabotage,
  };
}

function parse(argv: readonly string[]) {
  try {
    const text = { type: 'string' } as const;
    const options = {
      users: text,
      seats: text,
      capacity: text,
      seed: text,
      sabotage: text,
      help: { type: 'boolean' },
    } as const;
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(message.split('\n')[0]);
  }
}

function whole(name: string, text: string | undefined, fallback: number, most: number): number {
  if (text === undefined) return fallback;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > most)
    throw new UsageError(`--${name}: ${text} is not a whole number from 1 to ${most}`);
  return value;
}

/** The most square hall with exactly so many seats, or null when none has at most 100 rows of at most 500. */
export function hallOf(seats: number): { rows: number; seatsPerRow: number } | null {
  for (let rows = Math.min(100, Math.floor(Math.sqrt(seats))); rows >= 1; rows -= 1) {
    if (seats % rows === 0 && seats / rows <= 500) return { rows, seatsPerRow: seats / rows };
  }
  return null;
}
