import { parseArgs } from 'node:util';

export interface LabOptions {
  /** Few runs a cell: done in under a minute, for a look or a check. */
  readonly quick: boolean;
  /** Races a cell. */
  readonly runs: number;
  /** Races a cell under each trouble; 0 leaves the troubles out. */
  readonly troubledRuns: number;
  readonly seed: number;
  /** Prints the results as JSON on the standard output, and the progress elsewhere. */
  readonly json: boolean;
}

/** A command line that cannot be understood; the message is one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const fullRuns = 1_000;
const fullTroubledRuns = 50;
const quickRuns = 20;

export const usage = `npm run lab -- [options]
  --quick     ${quickRuns} races a cell, in under a minute; writes no report
  --runs N    races a cell (${fullRuns})
  --trouble N races a cell under each trouble (${fullTroubledRuns}; with --quick 0)
  --seed N    the seed of all choices (random, printed)
  --json      the results as JSON on the standard output
  --help      this text`;

/**
 * @returns the options, or `help` when that was asked for
 * @throws UsageError
 */
export function readOptions(argv: readonly string[]): LabOptions | 'help' {
  const values = parse(argv);
  if (values.help === true) return 'help';
  const quick = values.quick === true;
  return {
    quick,
    runs: whole('runs', values.runs, quick ? quickRuns : fullRuns, 100_000, 1),
    troubledRuns: whole('trouble', values.trouble, quick ? 0 : fullTroubledRuns, 100_000, 0),
    seed: whole('seed', values.seed, Math.floor(Math.random() * 2 ** 31) + 1, 2 ** 32 - 1, 1),
    json: values.json === true,
  };
}

function parse(argv: readonly string[]) {
  const [flag, text] = [{ type: 'boolean' } as const, { type: 'string' } as const];
  const options = { quick: flag, runs: text, trouble: text, seed: text, json: flag, help: flag };
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(message.split('\n')[0]);
  }
}

function whole(
  name: string,
  text: string | undefined,
  fallback: number,
  most: number,
  least: number,
): number {
  if (text === undefined) return fallback;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : -1;
  if (value >= least && value <= most) return value;
  throw new UsageError(`--${name}: ${text} is not a whole number from ${least} to ${most}`);
}
