import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { within } from '../../../lib/deadline.ts';
import type { Invocation } from './invocation.ts';

/** The process was killed, or ended, before it had answered. */
export class ProcessGoneError extends Error {
  override readonly name = 'ProcessGoneError';
}

/** A function threw. */
export class FunctionFailedError extends Error {
  override readonly name = 'FunctionFailedError';
}

/** More than any function takes. */
const answersWithinMs = 60_000;

/** A process of its own that runs the functions of a bundle, one invocation at a time. */
export class FunctionProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #ready: Promise<unknown>;

  /**
   * Forks it; it loads its modules while nobody waits for it.
   *
   * @param environment what the functions read at the first invocation
   */
  constructor(bundle: string, environment: Readonly<Record<string, string>>) {
    const { PATH, HOME } = process.env;
    this.#child = fork(bundle, {
      env: {
        PATH,
        HOME,
        POWERTOOLS_LOG_LEVEL: 'SILENT',
        POWERTOOLS_METRICS_DISABLED: 'true',
        ...environment,
      },
      execArgv: ['--disable-warning=TimeoutNegativeWarning'],
    });
    this.#exited = once(this.#child, 'exit');
    this.#ready = this.#hear();
    // Whoever invokes it hears of it; one that is never invoked was not needed.
    this.#ready.catch(() => undefined);
  }

  /**
   * @throws ProcessGoneError
   * @throws FunctionFailedError
   * @throws DeadlineError
   */
  async invoke(invocation: Invocation): Promise<unknown> {
    await within(answersWithinMs, this.#ready);
    const heard = this.#hear();
    this.#child.send(invocation);
    // Sent by `function-process-main.ts`.
    const { result, failure } = (await within(answersWithinMs, heard)) as {
      readonly result?: unknown;
      readonly failure?: string;
    };
    if (failure !== undefined) throw new FunctionFailedError(failure);
    return result;
  }

  /** SIGKILL, at once. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Kills it and waits until it is gone. */
  async end(): Promise<void> {
    this.kill();
    await this.#exited;
  }

  /** Its next message. */
  async #hear(): Promise<unknown> {
    const gone = this.#exited.then(() => {
      throw new ProcessGoneError('the process is gone');
    });
    const [message] = await Promise.race([once(this.#child, 'message'), gone]);
    return message;
  }
}
