import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeError, LaunchError } from '../launch-error.ts';
import { lastLines } from './log-tail.ts';
import type { ProcessRecorder } from './process-record.ts';
import type { Service } from './service.ts';
import { untilReady } from './wait.ts';

const firstBackoffMs = 100;
/** Low enough for a server to serve again within 10 s, high enough not to be hot. */
const highestBackoffMs = 2_000;
/** A server that has lived this long starts with the first backoff again. */
const steadyMs = 10_000;

export interface SupervisorEvents {
  /** The server is gone, by itself or killed. */
  readonly onDied: (reason: string) => void;
  /** It serves again, under another pid. */
  readonly onServesAgain: (pid: number) => void;
  /** A restart failed; the next follows after the backoff. */
  readonly onRestartFailed: (reason: string) => void;
}

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;

/** Resolves, with the reason, when a child has ended or could not be started at all. */
function ended(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    if (hasEnded(child)) resolve(describeEnd(child));
    child.once('exit', () => resolve(describeEnd(child)));
    child.once('error', (error) => resolve(String(error)));
  });
}

const describeEnd = ({ exitCode, signalCode }: ChildProcess) =>
  signalCode === null ? `exit code ${exitCode}` : signalCode;

/** Keeps one server running: starts it, waits until it answers, starts it again when it dies, stops it. */
export class Supervisor {
  readonly #service: Service;
  readonly #recorder: ProcessRecorder;
  readonly #events: SupervisorEvents;
  readonly #stopping = new AbortController();
  #child: ChildProcess | undefined;
  #watch: Promise<void> = Promise.resolve();

  constructor(service: Service, recorder: ProcessRecorder, events: SupervisorEvents) {
    this.#service = service;
    this.#recorder = recorder;
    this.#events = events;
  }

  /**
   * Starts the server and resolves when it answers; from then on it is started again whenever it dies.
   *
   * @returns its pid
   * @throws with the end of its log when it ends or does not answer in time
   */
  async start(): Promise<number> {
    const pid = await this.#startOnce();
    this.#watch = this.#keepRunning();
    return pid;
  }

  /** Stops the server, in order if it can be, and resolves when it has ended. May be called more than once. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error(`${this.#service.name} is being stopped`));
    await this.#endChild();
    await this.#watch;
    // A restart may have been under way when the first signal went out.
    await this.#endChild();
  }

  /** Kills the server; `stop` still has to be awaited. */
  kill(): void {
    this.#stopping.abort(new Error(`${this.#service.name} is being stopped`));
    this.#child?.kill('SIGKILL');
  }

  async #endChild(): Promise<void> {
    const child = this.#child;
    if (child?.pid === undefined || hasEnded(child)) return;
    child.kill(this.#service.stopSignal);
    const kill = setTimeout(() => child.kill('SIGKILL'), this.#service.stopWithinMs);
    await ended(child);
    clearTimeout(kill);
    this.#recorder.ended(this.#service.name);
  }

  async #startOnce(): Promise<number> {
    const { name, logFile, readyWithinMs, stopSignal } = this.#service;
    await this.#service.beforeStart?.();
    this.#stopping.signal.throwIfAborted();
    const child = this.#service.launch();
    this.#child = child;
    if (child.pid !== undefined) this.#recorder.started(name, child.pid, stopSignal);
    const died = new AbortController();
    void ended(child).then((how) =>
      died.abort(new LaunchError(`${name} ended (${how}): ${lastLines(logFile)}`)),
    );
    try {
      const signal = AbortSignal.any([died.signal, this.#stopping.signal]);
      await untilReady(this.#service.check, { deadlineMs: readyWithinMs, signal });
    } catch (error) {
      child.kill('SIGKILL');
      if (died.signal.aborted || this.#stopping.signal.aborted) throw error;
      const seconds = readyWithinMs / 1_000;
      throw new LaunchError(`${name} did not answer within ${seconds} s: ${describeError(error)}`, {
        cause: error,
      });
    }
    if (child.pid === undefined) throw new Error(`${name} has no pid`);
    return child.pid;
  }

  async #keepRunning(): Promise<void> {
    let backoffMs = firstBackoffMs;
    const { signal } = this.#stopping;
    while (!signal.aborted && this.#child !== undefined) {
      const since = performance.now();
      const how = await ended(this.#child);
      if (signal.aborted) return;
      this.#events.onDied(how);
      if (performance.now() - since > steadyMs) backoffMs = firstBackoffMs;
      backoffMs = await this.#restart(backoffMs);
    }
  }

  /** Tries until the server answers or the launcher stops; returns the backoff of the next time. */
  async #restart(startBackoffMs: number): Promise<number> {
    let backoffMs = startBackoffMs;
    while (!this.#stopping.signal.aborted) {
      // Only the abort ends this wait early, and the loop's condition answers it.
      await sleep(backoffMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      backoffMs = Math.min(backoffMs * 2, highestBackoffMs);
      try {
        this.#events.onServesAgain(await this.#startOnce());
        return backoffMs;
      } catch (error) {
        if (!this.#stopping.signal.aborted) this.#events.onRestartFailed(describeError(error));
      }
    }
    return backoffMs;
  }
}
