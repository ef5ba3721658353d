import { setTimeout as sleep } from 'node:timers/promises';
import type { PrivateRedis } from '../../bench/private-redis.ts';
import type { Expectation } from '../cell.ts';
import type { Lab } from '../laboratory.ts';

/** What happens once in each race, at a random moment. */
export interface Trouble {
  readonly name: string;
  readonly title: string;
  readonly explanation: string;
  /** What is to be expected of a protection that is a lock and nothing else. */
  readonly ofLocks: Expectation;
  /** The attempts of a race begin within this time. */
  readonly spreadMs: number;
  strike(lab: Lab, redis: PrivateRedis): Promise<void>;
}

/** Of the races under trouble: slow enough to be struck in the middle. */
export const pace = { thinkMs: 8, leaseMs: 60 };

/** More than twice the lease. */
const pauseMs = 150;
/** A holder's first statements are among so many of a race. */
const earlyStatements = 4;
const spreadMs = 20;
const reachableWithinMs = 5_000;

const flushed: Trouble = {
  name: 'flushed',
  title: 'Redis flushed',
  explanation: 'FLUSHALL: every lock is free while its holder still works.',
  ofLocks: 'anomalies',
  spreadMs,
  strike: async ({ random, redis }) => {
    await sleep(random.next() * spreadMs);
    await redis.flushall();
  },
};

const killed: Trouble = {
  name: 'killed',
  title: 'Redis killed and started again, empty',
  explanation: 'Locks cannot be had for a while, and those that were held are forgotten.',
  // The holder has mostly finished when the empty server is back.
  ofLocks: 'possible',
  spreadMs: 2 * spreadMs,
  strike: async (lab, redis) => {
    await sleep(lab.random.next() * spreadMs);
    await redis.kill();
    await redis.start();
    await untilReachable(lab);
  },
};

const paused: Trouble = {
  name: 'paused',
  title: 'A holder paused past its lease',
  explanation: `One statement is held back for ${pauseMs} ms, under leases of ${pace.leaseMs} ms.`,
  ofLocks: 'anomalies',
  spreadMs: 2 * pace.leaseMs,
  strike: async ({ pool, random }) => {
    pool.stallOnce(random.whole(0, earlyStatements), pauseMs);
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

export const troubles: readonly Trouble[] = [flushed, killed, paused];
