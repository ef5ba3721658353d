import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchRoom } from '../bench-room.ts';
import { loadBetween, serverLoad } from '../server-load.ts';
import { sharedClock } from '../worker-clock.ts';
import { type Figures, figuresOf, type Window } from './figures.ts';
import { parseTrace } from './trace.ts';
import { startWorkers } from './worker-group.ts';

/** Connections, compiled code and the first queue are not what is measured. */
const warmUpMs = 1_000;
const waitMs = 10_000;
const leaseMs = 10_000;

const ownProgram = join(import.meta.dirname, '../lock-worker.ts');
const yardstickProgram = join(import.meta.dirname, 'yardstick-worker.ts');

/** In the order of the first pass; the second goes back, so that a slow drift of the machine meets all alike. */
export const contenders = {
  pubsub: ownProgram,
  blpop: yardstickProgram,
  spin: ownProgram,
  redlock: yardstickProgram,
  simple: ownProgram,
} as const;
export type Contender = keyof typeof contenders;

export interface Contention {
  readonly workers: number;
  readonly windowMs: number;
  readonly holdMs: number;
}

/** All contenders, each in two windows: A B C … C B A. */
export async function compareLocks(
  room: BenchRoom,
  contention: Contention,
): Promise<Readonly<Record<Contender, Figures>>> {
  const windows: Record<Contender, Window[]> = { pubsub: [], blpop: [], spin: [], redlock: [], simple: [] };
  // The keys of a literal without others.
  const names = Object.keys(contenders) as Contender[];
  for (const name of [...names, ...names.toReversed()]) {
    const window = await contend(room, name, contenders[name], contention);
    windows[name].push(window);
    room.progress(`${contention.workers} workers, ${name}: ${window.trace.holds.length} turns`);
  }
  return {
    pubsub: figuresOf(windows.pubsub),
    blpop: figuresOf(windows.blpop),
    spin: figuresOf(windows.spin),
    redlock: figuresOf(windows.redlock),
    simple: figuresOf(windows.simple),
  };
}

/** The control: a lock that lets everybody in, for a moment. */
export async function contendWithoutLock(room: BenchRoom, contention: Contention): Promise<Figures> {
  return figuresOf([await contend(room, 'broken', yardstickProgram, contention)]);
}

async function contend(
  room: BenchRoom,
  name: string,
  program: string,
  { workers, windowMs, holdMs }: Contention,
): Promise<Window> {
  // One offset for all processes of the run.
  const offsetNs = String(BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint());
  const nowMicros = sharedClock(offsetNs);
  const settings = {
    REDIS_URL: room.url,
    REDIS_CLUSTER: 'false',
    LOCK: name,
    LOCK_NAME: `${name}-${workers}`,
    HOLD_MS: String(holdMs),
    HOLD_MODE: 'sleep',
    THINK_MS: '0',
    ROUNDS: '0',
    DURATION_MS: String(warmUpMs + windowMs),
    WAIT_MS: String(waitMs),
    LEASE_MS: String(leaseMs),
    CLOCK_OFFSET_NS: offsetNs,
  };
  const environments = Array.from({ length: workers }, (_, worker) => ({
    ...settings,
    WORKER: String(worker),
  }));
  const group = await startWorkers(program, environments);
  try {
    group.go();
    await sleep(warmUpMs);
    const before = await serverLoad(room.redis);
    const startsAt = nowMicros();
    await sleep(windowMs);
    const after = await serverLoad(room.redis);
    const endsAt = nowMicros();
    const trace = parseTrace(await group.finish());
    return { trace, workers, startsAt, endsAt, ...loadBetween(before, after) };
  } finally {
    await group.close();
  }
}
