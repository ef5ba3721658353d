import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { keptDataFolder, throwAwayFolder } from '../paths.ts';
import { isSystemError } from '../system-error.ts';
import { isAlive, type ProcessIdentity } from './process-identity.ts';
import { type RecordedProcess, readRecord, type StackRecord } from './process-record.ts';
import { becomesTrue } from './wait.ts';

const orderlyStopMs = 5_000;
const killMs = 5_000;

/** Signals that very process; one that has ended meanwhile is as good as stopped. */
export function signalProcess(target: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isAlive(target)) return;
  try {
    process.kill(target.pid, signal);
  } catch (error) {
    if (!isSystemError(error, 'ESRCH')) throw error;
  }
}

async function stopLeftOver(left: RecordedProcess): Promise<void> {
  signalProcess(left, left.stopSignal);
  if (await becomesTrue(() => !isAlive(left), orderlyStopMs)) return;
  signalProcess(left, 'SIGKILL');
  if (!(await becomesTrue(() => !isAlive(left), killMs)))
    throw new Error(`${left.name} (pid ${left.pid}), left by an earlier start, cannot be stopped`);
}

/**
 * Stops what the record of a dead owner names. Processes are told by number and start time, so that an
 * unrelated one that has got the number since is never touched.
 *
 * @returns the names of what was still running; empty when the owner lives or left nothing
 */
export async function cleanUpStack(
  folder: string,
  { throwAway, record = readRecord(folder) }: { throwAway: boolean; record?: StackRecord | undefined },
): Promise<string[]> {
  if (record === undefined || isAlive(record.owner)) return [];
  const left = record.processes.filter(isAlive);
  await Promise.all(left.map(stopLeftOver));
  if (throwAway)
    for (const each of [folder, ...record.folders]) rmSync(each, { recursive: true, force: true });
  return left.map(({ name }) => name);
}

/** Cleans up after every stack of this clone whose launcher has died without stopping it. */
export async function cleanUpAbandonedStacks(): Promise<string[]> {
  const throwAways = existsSync(throwAwayFolder) ? readdirSync(throwAwayFolder) : [];
  const stopped = await Promise.all([
    cleanUpStack(keptDataFolder, { throwAway: false }),
    ...throwAways.map((name) => cleanUpStack(join(throwAwayFolder, name), { throwAway: true })),
  ]);
  return stopped.flat();
}
