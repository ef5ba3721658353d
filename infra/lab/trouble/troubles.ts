import { setTimeout as sleep } from 'node:timers/promises';
import type { PrivateRedis } from '../../bench/private-redis.ts';
import type { Lab, Pace } from '../laboratory.ts';
import type { HolderProcess } from './holder-process.ts';

/** What can be struck. */
export interface Surroundings {
  readonly lab: Lab;
  readonly redis: PrivateRedis;
  /** Makes the first attempt of each race, where the trouble is its own. */
  readonly holder: HolderProcess;
}

export interface TroublePace extends Pace {
  /** The attempts of a race begin within this time, at random. */
  readonly spreadMs: number;
  /** The trouble comes so long after the first race may begin, and each race begins at random before it. */
  readonly strikeAfterMs: number;
}

/** What happens once in each race, at a random moment. */
export interface Trouble {
  readonly name: 'flushed' | 'killed' | 'stopped';
  readonly title: string;
  readonly explanation: string;
  /** Why a lock alone does not hold. */
  readonly breaksLocks: string;
  /** Where nothing depends on the trouble's moment. */
  readonly pace: TroublePace;
  /** Slow enough for the trouble to begin and end while a holder is at work. */
  readonly lockPace: TroublePace;
  /** Whether the first attempt of each race is made by the process that is struck. */
  readonly ofHolder: boolean;
  /** The blow itself, and the way back from it. */
  strike(surroundings: Surroundings): Promise<void>;
}

const ampleLeaseMs = 10_000;
const reachableWithinMs = 5_000;

const quickPace = { thinkMs: 8, leaseMs: ampleLeaseMs, spreadMs: 20, strikeAfterMs: 28 };
/** Longer than a waiter of the pub/sub lock goes without a look, and than a server is away. */
const slowMs = 300;
const slowPace = { thinkMs: slowMs, leaseMs: ampleLeaseMs, spreadMs: slowMs, strikeAfterMs: slowMs };
const flushed: Trouble = {
  name: 'flushed',
  title: 'Redis flushed',
  explanation: 'FLUSHALL: every lock is free while its holder still works, and the line is gone.',
  breaksLocks: 'The lock is free while its holder still works.',
  pace: quickPace,
  lockPace: slowPace,
  ofHolder: false,
  strike: async ({ lab: { redis } }) => {
    await redis.flushall();
  },
};

const killed: Trouble = {
  name: 'killed',
  title: 'Redis killed, and started again empty',
  explanation: 'Locks cannot be had for a while, and those that were held are forgotten; so is the line.',
  breaksLocks: 'The server comes back empty while the holder still works, and lets the next one in.',
  pace: quickPace,
  lockPace: slowPace,
  ofHolder: false,
  strike: async ({ lab, redis }) => {
    await redis.kill();
    await redis.start();
    await untilReachable(lab);
  },
};

const leaseMs = 150;
/** More than twice the lease. */
const pauseMs = 400;
const stoppedPace = { thinkMs: 15, leaseMs, spreadMs: 2 * leaseMs, strikeAfterMs: 30 };
const stopped: Trouble = {
  name: 'stopped',
  title: 'A holder stopped past its lease',
  explanation: `The process of one of the attempts gets SIGSTOP and, ${pauseMs} ms later, SIGCONT; leases last ${leaseMs} ms, also those of the project.`,
  breaksLocks:
    'The lease ends while its holder is stopped; it wakes and goes on as if it still had the lock.',
  pace: stoppedPace,
  lockPace: stoppedPace,
  ofHolder: true,
  strike: async ({ holder }) => {
    holder.signal('SIGSTOP');
    await sleep(pauseMs);
    holder.signal('SIGCONT');
  },
};

/** The client notices by itself that the server is back. */
async function untilReachable({ redis }: Lab): Promise<void> {
  const deadlineMs = performance.now() + reachableWithinMs;
  for (;;) {
    try {
      await redis.ping();
      return;
    } catch (error) {
      // Still on its way back; asked again until the deadline.
      if (performance.now() > deadlineMs) throw error;
      await sleep(20);
    }
  }
}

export const troubles: readonly Trouble[] = [flushed, killed, stopped];
