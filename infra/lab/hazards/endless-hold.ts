import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { UserId } from '../../../lib/ids.ts';
import type { LockKind } from '../../../lib/lock/create-lock.ts';
import { LockContendedError } from '../../../lib/lock/errors.ts';
import { callRedis } from '../../../lib/redis/script.ts';
import { admitUsers, points } from '../../../lib/testing/people.ts';
import type { Cell, Expectation, Hazard, Reply } from '../cell.ts';
import type { Lab } from '../laboratory.ts';
import { askForSeats, openSeats } from './ours-seat.ts';
import { refusedOrThrow } from './refusals.ts';
import { newSeat } from './rows.ts';

const name = 'endless-hold';
/** How long a hold may last, and how long after its holder's crash the next one asks. */
const holdMs = 50;
const askAgainMs = 100;
/** The project's shortest hold, and a little. */
const oursHoldSeconds = 2;
const oursAskAgainMs = 2_100;

interface Specimen {
  readonly protection: string;
  readonly expects?: Expectation;
  readonly because: string;
  readonly askAgainMs?: number;
  prepare(lab: Lab): Promise<Seat>;
}

/** A seat that somebody takes who then crashes, and that the next asks for. */
interface Seat {
  crash(): Promise<unknown>;
  next(): Promise<Reply>;
}

const replyOf = (isTaken: boolean): Reply => ({ outcome: isTaken ? 'done' : 'refused' });

const withoutTtl: Specimen = {
  protection: 'none',
  expects: 'anomalies',
  because: 'SET NX without PX: nobody is left who would delete the key.',
  prepare: async ({ redis }) => {
    const key = `{lab:${randomUUID()}}`;
    const take = (user: string) => callRedis(redis, () => redis.set(key, user, 'NX'));
    return {
      crash: () => take('a'),
      next: async () => replyOf((await take('b')) === 'OK'),
    };
  },
};

const heldUntil: Specimen = {
  protection: 'conditional',
  because: 'held_until is compared with now by whoever comes next: nothing has to run.',
  prepare: async (lab) => {
    const id = await newSeat(lab);
    const take = async (user: string) => {
      const { rowCount } = await lab.pool.query(
        `UPDATE lab.seats SET holder = $2, held_until = clock_timestamp() + $3 * interval '1 ms'
         WHERE id = $1 AND (holder IS NULL OR held_until <= clock_timestamp())`,
        [id, user, holdMs],
      );
      return rowCount === 1;
    };
    return { crash: () => take('a'), next: async () => replyOf(await take('b')) };
  },
};

/** A hold that lives as long as the holder's connection. */
const bySession = (protection: string, take: string): Specimen => ({
  protection,
  because: 'The server frees what a session held when its connection breaks.',
  prepare: async (lab) => {
    const id = await newSeat(lab);
    return {
      crash: async () => {
        const client = await lab.pool.connect();
        await client.query('BEGIN');
        await client.query(take, [id]);
        client.release(true);
      },
      next: () =>
        lab.pool.inTransaction('READ COMMITTED', async (statements) => {
          const [row] = await statements.query<{ taken: boolean }>(take, [id]);
          return replyOf(row?.taken === true);
        }),
    };
  },
});

const byLease = (kind: LockKind): Specimen => ({
  protection: kind,
  because: 'The lease ends by itself.',
  prepare: async (lab) => {
    const resources = [`{lab:${randomUUID()}}`];
    const lock = lab.locks[kind];
    return {
      crash: () => lock.acquire(resources, { leaseMs: holdMs, waitMs: 0 }),
      next: async () => {
        try {
          await (await lock.acquire(resources, { leaseMs: holdMs, waitMs: 0 })).release();
          return replyOf(true);
        } catch (error) {
          if (!(error instanceof LockContendedError)) throw error;
          return replyOf(false);
        }
      },
    };
  },
});

const ours: Specimen = {
  protection: 'ours',
  because: 'TTL in Redis and held_until in Postgres: both compare with now.',
  askAgainMs: oursAskAgainMs,
  prepare: async (lab) => {
    const seats = { rows: 1, seatsPerRow: 1, price: points(100) };
    const hall = await openSeats(lab, { holdSeconds: oursHoldSeconds, seats });
    const [first, second] = await admitUsers(lab, hall, 2);
    if (first === undefined || second === undefined) throw new Error('two were admitted');
    const take = (userId: UserId) => askForSeats(lab, hall, userId, 'A-1');
    return {
      crash: () => take(first),
      next: () => take(second).then(() => replyOf(true)),
    };
  },
};

const specimens: readonly Specimen[] = [
  withoutTtl,
  heldUntil,
  bySession('for-update', 'SELECT true AS taken FROM lab.seats WHERE id = $1 FOR UPDATE SKIP LOCKED'),
  bySession('advisory', 'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS taken'),
  byLease('simple'),
  byLease('spin'),
  byLease('pubsub'),
  ours,
];

function cellOf(specimen: Specimen): Cell {
  const { protection, expects = 'none', because } = specimen;
  return {
    hazard: name,
    protection,
    expects,
    because,
    // Nearly all of a round is waiting for the hold to end.
    roundsAtOnce: 10,
    arrival: 'free',
    prepare: (lab) => specimen.prepare(lab),
    trial: (_, state) => {
      // What `prepare` of this cell gave, in this process.
      const seat = state as Seat;
      return {
        attempts: [
          async () => {
            // A hold that could not be had has ended too.
            await seat.crash().catch(refusedOrThrow);
            await sleep(specimen.askAgainMs ?? askAgainMs);
            return seat.next().catch(refusedOrThrow);
          },
        ],
        audit: async ([reply]) => (reply?.outcome === 'refused' ? 'the seat stays held' : undefined),
      };
    },
  };
}

export const endlessHold: Hazard = {
  name,
  title: 'A hold without end after a crash',
  explanation: 'Its holder dies; unless the hold ends by itself, nobody ever gets the seat.',
  cells: specimens.map(cellOf),
};
