import type { Redis } from 'ioredis';
import type { Pool } from 'pg';

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
  redis: Redis,
  database: Pick<Pool, 'query'>,
  performanceIds: readonly string[],
): Promise<SeatLock[]> {
  const locks: SeatLock[] = [];
  for (let last = ''; ; ) {
    const { rows } = await database.query<{ seat_id: string; key: string }>(
      `SELECT seat_id, '{' || performance_id || '}:seat:' || seat_id AS key FROM seats
        WHERE performance_id = ANY($1) AND seat_id > $2 ORDER BY seat_id LIMIT $3`,
      [performanceIds, last, seatsAtOnce],
    );
    const end = rows.at(-1);
    if (end === undefined) return locks;
    locks.push(
      ...(await readLocks(
        redis,
        rows.map(({ key }) => key),
      )),
    );
    last = end.seat_id;
  }
}

async function readLocks(redis: Redis, keys: readonly string[]): Promise<SeatLock[]> {
  const [seconds, micros] = await redis.time();
  const nowMs = Number(seconds) * 1_000 + Number(micros) / 1_000;
  const pipeline = redis.pipeline();
  for (const key of keys) pipeline.get(key).pttl(key);
  const replies = ((await pipeline.exec()) ?? []).map(([error, reply]) => {
    if (error) throw error;
    return reply;
  });
  return keys.flatMap((key, index) => {
    const holdId = replies[2 * index];
    const ttlMs = Number(replies[2 * index + 1]);
    // -1: it has no end; -2: it ended between the two commands.
    if (typeof holdId !== 'string' || ttlMs === -2) return [];
    return [{ key, holdId, endsAtMs: ttlMs < 0 ? Infinity : nowMs + ttlMs }];
  });
}
