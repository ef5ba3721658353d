import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { migrateToLatest } from '../migrations/migrate.ts';
import { startApp } from './app.ts';
import { givenUrls } from './given-urls.ts';
import { LaunchError } from './launch-error.ts';
import { stackFile } from './paths.ts';
import { isPortFree } from './ports.ts';
import { Progress } from './progress.ts';
import { loadSamplePerformance } from './sample-performance.ts';
import { createLocalTopics, type Listener, type Stack, startStack } from './stack.ts';
import { cleanUpAbandonedStacks } from './supervision/clean-up.ts';
import type { Workplace } from './supervision/workplace.ts';

/** `npm run dev`: the whole system on this machine, until it is stopped. */
export class Launcher {
  readonly #httpPort: number;
  readonly #progress: Progress;
  readonly #stopping = new AbortController();
  #workplace: Workplace | undefined;
  #stack: Stack | undefined;
  #isReady = false;

  constructor(httpPort: number, out: NodeJS.WriteStream) {
    this.#httpPort = httpPort;
    this.#progress = new Progress(out);
  }

  /** Runs until `stop`. */
  async run(): Promise<void> {
    try {
      await this.#start();
      await this.#untilStopped();
    } catch (error) {
      // A start that was interrupted fails somewhere; that is what was asked for.
      if (!this.#stopping.signal.aborted) throw error;
    } finally {
      rmSync(stackFile, { force: true });
      await this.#workplace?.close();
      this.#progress.close();
    }
  }

  /** Ends `run`, in order. */
  stop(): void {
    this.#progress.say('dev', 'stopping');
    this.#stopping.abort();
    void this.#workplace?.close();
  }

  /** Ends `run` at once: every server is killed. */
  kill(): void {
    this.#workplace?.kill();
  }

  async #start(): Promise<void> {
    const left = await cleanUpAbandonedStacks();
    if (left.length > 0) this.#progress.say('dev', `stopped what an earlier run left: ${left.join(', ')}`);
    if (!(await isPortFree(this.#httpPort)))
      throw new LaunchError(`port ${this.#httpPort} is in use; choose another: PORT=3100 npm run dev`);
    this.#progress.awaiting('Redis, Postgres, Kafka');
    const stack = await startStack({
      keepData: true,
      given: givenUrls(process.env),
      listener: this.#listener,
      onWorkplace: (workplace) => {
        this.#workplace = workplace;
        if (this.#stopping.signal.aborted) void workplace.close();
      },
    });
    this.#stack = stack;
    this.#progress.done('Redis, Postgres, Kafka');
    await this.#step('schema and topics', () =>
      Promise.all([migrateToLatest(stack.databaseUrl), createLocalTopics(stack.kafkaBrokers)]),
    );
    await this.#serve(stack);
  }

  async #serve(stack: Stack): Promise<void> {
    const { workplace } = stack;
    const app = await this.#step('functions', () =>
      startApp({ urls: stack, httpPort: this.#httpPort, workplace, listener: this.#listener }),
    );
    if (await loadSamplePerformance(app.http)) this.#progress.say('dev', 'the sample performance is on sale');
    this.#isReady = true;
    this.#writeStackFile();
    this.#progress.say('dev', `logs: ${workplace.folder}`);
    this.#progress.line(`ready ${app.http}`);
  }

  async #step<T>(what: string, run: () => Promise<T>): Promise<T> {
    this.#stopping.signal.throwIfAborted();
    this.#progress.awaiting(what);
    const result = await run();
    this.#progress.done(what);
    this.#stopping.signal.throwIfAborted();
    return result;
  }

  #untilStopped(): Promise<void> {
    const { signal } = this.#stopping;
    return new Promise((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve());
    });
  }

  readonly #pids: Record<string, number> = {};

  readonly #listener: Listener = (name, what, pid) => {
    if (pid !== undefined) this.#pids[name] = pid;
    this.#progress.say(name, pid === undefined ? what : `${what} (pid ${pid})`);
    if (this.#isReady && pid !== undefined) this.#writeStackFile();
  };

  #writeStackFile(): void {
    if (this.#stack === undefined) return;
    const { redisUrl, databaseUrl, kafkaBrokers } = this.#stack;
    const http = `http://127.0.0.1:${this.#httpPort}`;
    const draft = `${stackFile}.${process.pid}`;
    const content = { http, redisUrl, databaseUrl, kafkaBrokers, pids: this.#pids };
    writeFileSync(draft, `${JSON.stringify(content, null, 2)}\n`);
    renameSync(draft, stackFile);
  }
}
