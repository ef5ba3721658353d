import { parseArgs } from 'node:util';
import { UsageError } from '../../demo/options.ts';
import { readSeed, readWhole } from '../faults/options.ts';

/** Less gives too few samples for a slope. */
const leastMinutes = 3;

export interface SoakOptions {
  readonly minutes: number;
  /** Errands a second; an errand is one to four requests. */
  readonly rate: number;
  readonly seed: number;
  readonly json: boolean;
}

export const usage = `npm run torture -- soak [options]
  --minutes N        how long, from 3 (20)
  --rate N           errands a second, of one to four requests each (15)
  --seed N           the seed of all choices (random, printed)
  --json             samples and slopes as JSON on the standard output
  --help             this text`;

/** @throws UsageError */
export function readOptions(argv: readonly string[]): SoakOptions {
  const values = parse(argv);
  return {
    minutes: readWhole('minutes', values.minutes, 20, 1_440, leastMinutes),
    rate: readWhole('rate', values.rate, 15, 1_000),
    seed: readSeed(values.seed),
    json: values.json === true,
  };
}

function parse(argv: readonly string[]) {
  try {
    const text = { type: 'string' } as const;
    const options = { minutes: text, rate: text, seed: text, json: { type: 'boolean' } } as const;
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message.split('\n')[0] : String(error));
  }
}
