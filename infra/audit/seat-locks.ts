import type { Pool } from 'pg';
import type { AnyRedis } from './servers.ts';

/** The lock of a seat as it was found in Redis. */
export type SeatLock = {
  readonly key: string;
  /** The hold whose lock it is. */
  readonly holdId: string;
  /** When it ends by the clock of Redis, in ms since 1970; Infinity for one that never does. */
  readonly endsAtMs: number;
};

const seatsAtOnce = 1_000;

/** Looks for the lock of every seat, a bounded number of seats at once. The keys' names are written again here. */
export async function readSeatLocks(
  redis: AnyRedis,
  database: Pick<Pool, 'query'>,
  performanceIds: readonly string[],
): Promise<SeatLock[]> {
  const locks: SeatLock[] = [];
  // One performance at a time: its keys lie on one node of a cluster.
  for (const performanceId of performanceIds) {
    let seatIds: string[];
    let last = '';
    do {
      seatIds = await seatsAfter(database, performanceId, last);
      locks.push(
        ...(await readLocks(
          redis,
          seatIds.map((seatId) => `{${performanceId}}:seat:${seatId}`),
        )),
      );
      last = seatIds.at(-1) ?? '';
    } while (seatIds.length === seatsAtOnce);
  }
  return locks;
}

async function seatsAfter(
  database: Pick<Pool, 'query'>,
  performanceId: string,
  last: string,
): Promise<string[]> {
  const { rows } = await database.query<{ seat_id: string }>(
    'SELECT seat_id FROM seats WHERE performance_id = $1 AND seat_id > $2 ORDER BY seat_id LIMIT $3',
    [performanceId, last, seatsAtOnce],
  );
  return rows.map(({ seat_id }) => seat_id);
}

async function readLocks(redis: AnyRedis, keys: readonly string[]): Promise<SeatLock[]> {
  // The time of the node that has the keys.
  const pipeline = redis.pipeline().time();
  for (const key of keys) pipeline.get(key).pttl(key);
  const [time, ...replies] = ((await pipeline.exec()) ?? []).map(([error, reply]) => {
    if (error) throw error;
    return reply;
  });
  const [seconds, micros] = Array.isArray(time) ? time.map(Number) : [];
  const nowMs = (seconds ?? 0) * 1_000 + (micros ?? 0) / 1_000;
  return keys.flatMap((key, index) => {
    const holdId = replies[2 * index];
    const ttlMs = Number(replies[2 * index + 1]);
    // -1: it has no end; -2: it ended between the two commands.
    if (typeof holdId !== 'string' || ttlMs === -2) return [];
    return [{ key, holdId, endsAtMs: ttlMs < 0 ? Infinity : nowMs + ttlMs }];
  });
}
