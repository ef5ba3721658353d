import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { redisProgram } from '../local/installs/redis-program.ts';
import { freePort } from '../local/ports.ts';
import { pingRedis } from '../local/services/redis.ts';

const readyWithinMs = 10_000;
const lookIntervalMs = 20;

/** A Redis that nobody else uses, without persistence, in a folder that goes with it. */
export interface PrivateRedis {
  readonly url: string;
  readonly port: number;
  /** Kills it, data and all. */
  kill(): Promise<void>;
  /** Starts it again, empty, on the same port. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** @param settings command line settings of redis-server beyond those that make it private */
export async function privateRedis(settings: Readonly<Record<string, string>> = {}): Promise<PrivateRedis> {
  const program = await redisProgram();
  const folder = await mkdtemp(join(tmpdir(), 'private-redis-'));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const all = { port: String(port), bind: '127.0.0.1', dir: folder, save: '', appendonly: 'no', ...settings };
  const args = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
  let server: ChildProcess | undefined;

  const start = async () => {
    const child = spawn(program.path, args, { env: { ...process.env, ...program.env }, stdio: 'ignore' });
    server = child;
    const dieTogether = () => child.kill('SIGKILL');
    process.once('exit', dieTogether);
    child.once('exit', () => process.off('exit', dieTogether));
    const deadlineMs = performance.now() + readyWithinMs;
    while (!(await answers(url))) {
      if (child.exitCode !== null || performance.now() > deadlineMs)
        throw new Error('redis-server did not start');
      await sleep(lookIntervalMs);
    }
  };
  const kill = async () => {
    const child = server;
    server = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  await start();
  return {
    url,
    port,
    kill,
    start,
    close: async () => {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    await pingRedis(url);
    return true;
  } catch {
    // Not yet up: looked at again until the deadline.
    return false;
  }
}
