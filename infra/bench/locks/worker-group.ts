import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

const readyWithinMs = 60_000;
/** Beyond the wait for the lock that may be the worker's last. */
const endsWithinMs = 15_000;
const lookIntervalMs = 10;
const startedAtOnce = availableParallelism();
const keptErrorCharacters = 2_000;

/** Processes of one program that have been told nothing yet but to be ready. */
export interface WorkerGroup {
  /** Lets them all begin. */
  go(): void;
  /**
   * Waits until all have ended.
   *
   * @returns what they printed
   * @throws Error when one fails, or does not end 15 s after it should
   */
  finish(): Promise<string>;
  /** Kills those that still run. */
  close(): Promise<void>;
}

/**
 * Starts a group and waits until every worker has said `ready`.
 *
 * @param environments one a worker, beside that of this process
 * @throws Error when one is not ready 60 s after it was started
 */
export async function startWorkers(
  program: string,
  environments: readonly Readonly<Record<string, string>>[],
): Promise<WorkerGroup> {
  const workers: Worker[] = [];
  const close = async () => {
    await Promise.all(workers.map((worker) => worker.kill()));
  };
  try {
    // A few at a time: more than there are cores only keep one another from starting.
    for (let first = 0; first < environments.length; first += startedAtOnce) {
      const next = environments.slice(first, first + startedAtOnce);
      const started = next.map((environment) => new Worker(program, environment));
      workers.push(...started);
      await Promise.all(started.map((worker) => worker.ready()));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    go: () => {
      for (const worker of workers) worker.go();
    },
    finish: async () => (await Promise.all(workers.map((worker) => worker.output()))).join('\n'),
    close,
  };
}

class Worker {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #output = '';
  #errors = '';

  constructor(program: string, environment: Readonly<Record<string, string>>) {
    this.#child = spawn(process.execPath, [program], {
      env: { ...process.env, ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#ended = once(this.#child, 'close');
    // A worker that is gone is found by its exit code.
    this.#child.stdin?.on('error', () => undefined);
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text;
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-keptErrorCharacters);
    });
  }

  async ready(): Promise<void> {
    const deadlineMs = performance.now() + readyWithinMs;
    while (!this.#output.startsWith('ready ')) {
      if (this.#hasEnded() || performance.now() > deadlineMs)
        throw new Error(`a worker did not start: ${this.#errors}`);
      await sleep(lookIntervalMs);
    }
  }

  go(): void {
    this.#child.stdin?.end('go\n');
  }

  async output(): Promise<string> {
    const leaving = new AbortController();
    // Only the abort ends this wait early: the workers have ended, and nobody looks at it any more.
    const tooLate = sleep(endsWithinMs, undefined, { signal: leaving.signal }).catch(() => undefined);
    await Promise.race([this.#ended, tooLate]);
    leaving.abort();
    if (this.#child.exitCode !== 0) throw new Error(`a worker failed or hangs: ${this.#errors}`);
    return this.#output;
  }

  async kill(): Promise<void> {
    if (this.#hasEnded()) return;
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}
