import { parseArgs } from 'node:util';
import { UsageError } from '../../demo/options.ts';

export interface FaultsOptions {
  /** The faults to inject; each once a round. */
  readonly faults: readonly string[];
  readonly rounds: number;
  /** No fault is begun after so many seconds, but the first. */
  readonly seconds: number;
  readonly seed: number;
  /** The specimen to build in place of the real thing, or null. */
  readonly sabotage: string | null;
  readonly json: boolean;
}

export const usage = `npm run torture -- [faults] [options]
  --faults A,B       the faults to inject (all; \`--faults list\` names them)
  --rounds N         how often each is injected (1)
  --seconds N        no new one is begun after so long (86400)
  --seed N           the seed of all choices (random, printed)
  --sabotage NAME    break one protection on purpose: it must be found
  --json             the results as JSON on the standard output
  --help             this text
fill-postgres, a full disk, is there for those who may mount one: root.`;

/**
 * @param known the names of the faults
 * @param specimens the names that `--sabotage` knows
 * @throws UsageError
 */
export function readOptions(
  argv: readonly string[],
  known: readonly string[],
  specimens: readonly string[],
): FaultsOptions {
  const values = parse(argv);
  const faults = values.faults === undefined ? known : values.faults.split(',');
  const strange = faults.find((name) => !known.includes(name));
  if (strange !== undefined)
    throw new UsageError(`--faults: there is no ${strange}, only ${known.join(', ')}`);
  const sabotage = values.sabotage ?? null;
  if (sabotage !== null && !specimens.includes(sabotage))
    throw new UsageError(`--sabotage: there is no ${sabotage}, only ${specimens.join(', ')}`);
  return {
    faults,
    rounds: readWhole('rounds', values.rounds, 1, 1_000),
    seconds: readWhole('seconds', values.seconds, 86_400, 86_400),
    seed: readSeed(values.seed),
    sabotage,
    json: values.json === true,
  };
}

function parse(argv: readonly string[]) {
  try {
    const text = { type: 'string' } as const;
    const options = {
      faults: text,
      rounds: text,
      seconds: text,
      seed: text,
      sabotage: text,
      json: { type: 'boolean' },
    } as const;
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message.split('\n')[0] : String(error));
  }
}

/** The seed that was given, or a random one. */
export function readSeed(text: string | undefined): number {
  return readWhole('seed', text, Math.floor(Math.random() * 2 ** 31) + 1, 2 ** 32 - 1);
}

/** @throws UsageError unless the text is a whole number from `least` to `most` */
export function readWhole(
  name: string,
  text: string | undefined,
  fallback: number,
  most: number,
  least = 1,
): number {
  if (text === undefined) return fallback;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (value >= least && value <= most) return value;
  throw new UsageError(`--${name}: ${text} is not a whole number from ${least} to ${most}`);
}
