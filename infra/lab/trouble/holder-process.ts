import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Attempted } from '../cell.ts';
import type { Lab, Pace } from '../laboratory.ts';

const program = join(import.meta.dirname, 'holder.ts');
const readyWithinMs = 20_000;
const answersWithinMs = 30_000;

/** Races of one cell: of each the holder makes the first attempt, after a delay of its own. */
export interface HolderOrder {
  readonly hazard: string;
  readonly protection: string;
  readonly pace: Pace;
  readonly races: readonly { readonly state: unknown; readonly delayMs: number }[];
}

/** A process that takes part in races and can be stopped as a whole. */
export interface HolderProcess {
  /** @returns what became of each attempt, in the order of the races */
  attempt(order: HolderOrder): Promise<readonly Attempted[]>;
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
  /** Ends it, also when it is stopped. */
  close(): Promise<void>;
}

/** Starts a process that joins the laboratory. */
export async function startHolder({
  databaseUrl,
  redisUrl,
}: Pick<Lab, 'databaseUrl' | 'redisUrl'>): Promise<HolderProcess> {
  const child = fork(program, [databaseUrl, redisUrl], {
    execArgv: ['--disable-warning=TimeoutNegativeWarning'],
    env: { ...process.env, POWERTOOLS_METRICS_DISABLED: 'true' },
  });
  // A process that is stopped does not notice that its parent has gone.
  const dieTogether = () => child.kill('SIGKILL');
  process.once('exit', dieTogether);
  child.once('exit', () => process.off('exit', dieTogether));
  await nextMessage(child, readyWithinMs);
  return {
    attempt: async (order) => {
      const answer = nextMessage(child, answersWithinMs);
      child.send(order);
      // `holder.ts` answers an order with this.
      return (await answer) as readonly Attempted[];
    },
    signal: (name) => child.kill(name),
    close: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

/** @throws Error when the process ends, or says nothing in time */
async function nextMessage(child: ChildProcess, withinMs: number): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const ended = () => reject(new Error('the process of the holder has ended'));
  const timer = setTimeout(() => reject(new Error('the process of the holder says nothing')), withinMs);
  child.once('message', resolve).once('exit', ended);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    child.off('message', resolve).off('exit', ended);
  }
}
