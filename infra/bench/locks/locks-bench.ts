import type { BenchOutcome, BenchRoom, StartBench } from '../bench-room.ts';
import { compareLocks, contendWithoutLock } from './contention.ts';
import type { Figures } from './figures.ts';
import { type LocksOptions, readLocksOptions } from './options.ts';
import { contendedRows, controlRow, growthRow, uncontendedRows } from './rows.ts';
import { measureUncontended } from './uncontended.ts';

const control = { workers: 4, windowMs: 500, holdMs: 2 };
const kinds = ['simple', 'spin', 'pubsub'] as const;

/**
 * The project's locks side by side with redlock and a BLPOP token: worker processes on one lock, one analyser;
 * then each lock when nobody else wants it.
 */
export const startLocksBench: StartBench = (argv) => {
  const options = readLocksOptions(argv);
  return (room) => measureLocks(room, options);
};

async function measureLocks(room: BenchRoom, options: LocksOptions): Promise<BenchOutcome> {
  const results = [];
  const faults: string[] = [];
  const broken = await contendWithoutLock(room, control);
  results.push(controlRow(broken));
  if (broken.overlaps === 0) faults.push('a lock that lets everybody in showed no overlap');

  const alone = await measureUncontended(room, kinds);
  results.push(...alone.flatMap(uncontendedRows));
  room.progress('uncontended: done');

  const lines: Figures[] = [];
  for (const workers of options.workers) {
    const contention = { workers, windowMs: options.seconds * 1_000, holdMs: options.holdMs };
    const figures = await compareLocks(room, contention);
    for (const [name, measured] of Object.entries(figures)) faults.push(...faultsOf(name, measured));
    results.push(...contendedRows(figures));
    lines.push(figures.pubsub);
  }
  const [few, ...more] = lines;
  if (few) results.push(...more.map((many) => growthRow(few, many)));
  return { results, faults };
}

function faultsOf(name: string, { overlaps, errors, workers }: Figures): string[] {
  const where = `${name}, ${workers} workers`;
  return [
    ...(overlaps > 0 ? [`${where}: ${overlaps} overlaps`] : []),
    ...(errors.length > 0 ? [`${where}: ${errors.length} errors, the first: ${errors[0]}`] : []),
  ];
}
