import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Db } from '../../lib/db/client.ts';
import type { HoldId, PerformanceId, SeatId } from '../../lib/ids.ts';
import { createLock } from '../../lib/lock/create-lock.ts';
import { LockContendedError } from '../../lib/lock/errors.ts';
import type { Lock } from '../../lib/lock/lock.ts';
import { openLine } from '../../lib/queue/open-line.ts';
import { readRoomNumber } from '../../lib/queue/room-numbers.ts';
import type { RedisClient } from '../../lib/redis/client.ts';
import { seatLock } from '../../lib/redis/keys.ts';
import { callRedis } from '../../lib/redis/script.ts';

const seatsPerBatch = 500;
const performancesPerBatch = 200;
/** A lock that another request has for the moment is looked at again; that request finds the seat taken. */
const maxPasses = 5;
const betweenPassesMs = 1_000;

export interface RedisRebuild {
  /** Locks of held seats that were missing and are there now. */
  readonly locks: number;
  /** Lines that were missing and have been begun anew. */
  readonly lines: number;
  /** Held seats whose lock somebody else had to the last: their rows guard them. */
  readonly contended: number;
}

/**
 * Puts back what Redis has from Postgres: the lock of every seat that is held, with its hold for a token and what is
 * left of its time for a lease, and the settings of every line whose performance has not begun. What is there is left
 * as it is, so it may run at any time. Places in line are not in Postgres: people come back with their receipts.
 *
 * @throws DependencyError Redis or Postgres is out of reach; running it again goes on
 */
export async function rebuildRedis(db: Db, redis: RedisClient): Promise<RedisRebuild> {
  const lines = await rebuildLines(db, redis);
  const lock = createLock('simple', redis);
  try {
    let locks = 0;
    for (let pass = 1; ; pass += 1) {
      const { taken, contended } = await lockHeldSeats(db, redis, lock);
      locks += taken;
      if (contended === 0 || pass === maxPasses) return { locks, lines, contended };
      await sleep(betweenPassesMs);
    }
  } finally {
    await lock.close();
  }
}

interface HeldSeat {
  readonly seatId: SeatId;
  readonly performanceId: PerformanceId;
  readonly holdId: HoldId;
  readonly leftMs: number;
}

async function lockHeldSeats(db: Db, redis: RedisClient, lock: Lock) {
  let taken = 0;
  let contended = 0;
  for (let after = ''; ; ) {
    const askedAtMs = performance.now();
    const { rows } = await sql<HeldSeat>`
      SELECT seat_id AS "seatId", performance_id AS "performanceId", hold_id AS "holdId",
             (extract(epoch FROM held_until - clock_timestamp()) * 1000)::bigint AS "leftMs"
      FROM seats WHERE status = 'held' AND held_until > clock_timestamp() AND seat_id > ${after}
      ORDER BY seat_id LIMIT ${seatsPerBatch}`.execute(db);
    const last = rows.at(-1);
    if (last === undefined) return { taken, contended };
    const outcomes = await Promise.all(rows.map((seat) => lockSeat(redis, lock, seat, askedAtMs)));
    taken += outcomes.filter((outcome) => outcome === 'taken').length;
    contended += outcomes.filter((outcome) => outcome === 'contended').length;
    after = last.seatId;
  }
}

/** A lock that its hold has already is not touched: it may last longer, by an extension that came meanwhile. */
async function lockSeat(redis: RedisClient, lock: Lock, seat: HeldSeat, askedAtMs: number) {
  const name = seatLock(seat.performanceId, seat.seatId);
  if ((await callRedis(redis, () => redis.get(name))) === seat.holdId) return 'kept';
  const leaseMs = Math.floor(seat.leftMs - (performance.now() - askedAtMs));
  if (leaseMs <= 0) return 'over';
  try {
    await lock.acquire([name], { leaseMs, waitMs: 0, token: seat.holdId });
    return 'taken';
  } catch (error) {
    if (error instanceof LockContendedError) return 'contended';
    throw error;
  }
}

async function rebuildLines(db: Db, redis: RedisClient): Promise<number> {
  let opened = 0;
  for (let after = ''; ; ) {
    const { rows } = await sql<{ id: PerformanceId }>`
      SELECT performance_id AS id FROM performances
      WHERE starts_at > now() AND performance_id > ${after}
      ORDER BY performance_id LIMIT ${performancesPerBatch}`.execute(db);
    for (const { id } of rows) {
      if (await readRoomNumber(redis, id, 'open')) continue;
      await openLine({ redis, db }, id);
      opened += 1;
    }
    const last = rows.at(-1);
    if (last === undefined) return opened;
    after = last.id;
  }
}
