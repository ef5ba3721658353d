import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, setPriority } from 'node:os';
import { createInterface } from 'node:readline';

const answersWithinMs = 20_000;

/** A process that a test started, to be paused and killed. */
export interface TestProcess {
  /** The rest of the first line that begins so, also one that came before; fails when the process ends without it. */
  hears(word: string, withinMs?: number): Promise<string>;
  signal(name: NodeJS.Signals): void;
  /** Has it run less often than others who want the processor. */
  giveWay(): void;
  /** Kills it when it still runs. */
  end(): Promise<void>;
}

/**
 * Starts a program of this project in a process of its own.
 *
 * @param args those of node: its options, the program, and the program's arguments
 */
export function testProcess(...args: readonly (string | number)[]): TestProcess {
  const child = spawn(process.execPath, args.map(String), {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const listeners = new Set<() => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    for (const listener of listeners) listener();
  });
  let hasEnded = false;
  child.once('close', () => {
    hasEnded = true;
    for (const listener of listeners) listener();
  });
  return {
    hears: (word, withinMs = answersWithinMs) =>
      new Promise((resolve, reject) => {
        const fail = () => {
          listeners.delete(look);
          reject(new Error(`never said ${word}: ${lines.join('; ')}`));
        };
        const timer = setTimeout(fail, withinMs);
        const look = () => {
          const line = lines.find((each) => each.startsWith(word));
          if (line === undefined && !hasEnded) return;
          clearTimeout(timer);
          if (line === undefined) return fail();
          listeners.delete(look);
          resolve(line.slice(word.length).trim());
        };
        listeners.add(look);
        look();
      }),
    signal: (name) => child.kill(name),
    giveWay: () => {
      if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
    },
    end: () => end(child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
