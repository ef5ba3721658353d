import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { UsageError } from '../usage-error.ts';
import { wholeNumber } from '../whole-number.ts';

export interface QueueOptions {
  /** People in the long line. */
  readonly waiting: number;
  /** Numbers of calls under way at once, one comparison of speed for each. */
  readonly inFlight: readonly number[];
  /** In each half of a measured pair. */
  readonly calls: number;
  /** The folder for charts against the length of the line; without it they are not measured. */
  readonly charts?: string;
}

const leastWaiting = 2_000;
const maxWaiting = 5_000_000;
const maxInFlight = 256;
const leastCalls = 100;
const maxCalls = 100_000;

/** @throws UsageError for an option that is not known, a value out of range, or a folder that cannot be made */
export function readQueueOptions(argv: readonly string[]): QueueOptions {
  const values = parse(argv);
  return {
    waiting: wholeNumber('waiting', values.waiting, leastWaiting, maxWaiting),
    inFlight: values['in-flight'].split(',').map((text) => wholeNumber('in-flight', text, 1, maxInFlight)),
    calls: wholeNumber('calls', values.calls, leastCalls, maxCalls),
    ...(values.charts === undefined ? {} : { charts: madeFolder(values.charts) }),
  };
}

/** Before anything is measured, so that minutes are not lost to a wrong path. */
function madeFolder(path: string): string {
  try {
    mkdirSync(path, { recursive: true });
    return path;
  } catch (error) {
    throw new UsageError(`--charts: ${error instanceof Error ? error.message : path}`, { cause: error });
  }
}

function parse(argv: readonly string[]) {
  const options = {
    waiting: { type: 'string', default: '1000000' },
    'in-flight': { type: 'string', default: '1,32' },
    calls: { type: 'string', default: '4000' },
    charts: { type: 'string' },
  } as const;
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
