import { parseArgs } from 'node:util';
import { UsageError } from '../usage-error.ts';
import { wholeNumber } from '../whole-number.ts';

export interface LocksOptions {
  /** Numbers of worker processes, one comparison for each. */
  readonly workers: readonly number[];
  /** Length of a measured window. */
  readonly seconds: number;
  readonly holdMs: number;
}

const maxWorkers = 128;
const maxSeconds = 600;
const maxHoldMs = 1_000;

/** @throws UsageError for an option that is not known, or a value out of range */
export function readLocksOptions(argv: readonly string[]): LocksOptions {
  const values = parse(argv);
  return {
    workers: values.workers.split(',').map((text) => wholeNumber('workers', text, 2, maxWorkers)),
    seconds: wholeNumber('seconds', values.seconds, 1, maxSeconds),
    holdMs: wholeNumber('hold-ms', values['hold-ms'], 0, maxHoldMs),
  };
}

function parse(argv: readonly string[]) {
  const options = {
    workers: { type: 'string', default: '8,32' },
    seconds: { type: 'string', default: '3' },
    'hold-ms': { type: 'string', default: '2' },
  } as const;
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
