import { parseArgs } from 'node:util';
import { UsageError } from '../../demo/options.ts';
import { readSeed, readWhole } from '../faults/options.ts';
import { catalogue } from './catalogue.ts';
import type { CrashOperation } from './operation.ts';

export interface CrashOptions {
  readonly operations: readonly CrashOperation[];
  /** The most points tried of each operation. */
  readonly points: number;
  readonly seed: number;
  readonly sabotage: boolean;
}

const allPoints = 100_000;

export const usage = `npm run torture -- crash [options]
  --operations A,B   the operations (all: ${catalogue.map(({ name }) => name).join(', ')})
  --points N         at how many points the process is killed behind each, those that last first (all)
  --seed N           the seed of all choices (random, printed)
  --sabotage         break every operation on purpose: each must be found
  --help             this text`;

/** @throws UsageError */
export function readOptions(argv: readonly string[]): CrashOptions {
  const { operations, points, seed, sabotage } = parse(argv);
  return {
    operations: readOperations(operations),
    points: readWhole('points', points, allPoints, allPoints),
    seed: readSeed(seed),
    sabotage: sabotage === true,
  };
}

function parse(argv: readonly string[]) {
  try {
    const text = { type: 'string' } as const;
    const options = { operations: text, points: text, seed: text, sabotage: { type: 'boolean' } } as const;
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message.split('\n')[0] : String(error));
  }
}

function readOperations(text: string | undefined): readonly CrashOperation[] {
  if (text === undefined) return catalogue;
  return text.split(',').map((name) => {
    const operation = catalogue.find((each) => each.name === name);
    const known = catalogue.map((each) => each.name).join(', ');
    if (operation === undefined) throw new UsageError(`--operations: there is no ${name}, only ${known}`);
    return operation;
  });
}
