import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const guardFile = fileURLToPath(new URL('./guard.ts', import.meta.url));

/** The guard of one workplace: it outlives this process just long enough to clean up after it. */
export class Guard {
  readonly #child: ChildProcess;

  constructor(folder: string, kind: 'kept' | 'throw-away') {
    this.#child = spawn(process.execPath, [guardFile, folder, kind], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    // Neither the process nor the pipe keeps a launcher alive that has nothing else to do.
    this.#child.unref();
    // A guard that has been killed is missed only if the launcher is killed too; the next start cleans up then.
    this.#child.on('error', () => undefined);
    this.#child.stdin?.on('error', () => undefined);
  }

  /** Tells the guard that all is in order, and waits for its end. */
  async dismiss(): Promise<void> {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const ended = once(child, 'exit');
    child.ref();
    child.stdin?.end('done');
    await ended;
  }
}
