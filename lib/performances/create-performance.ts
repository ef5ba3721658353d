import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { Db } from '../db/client.ts';
import { inTransaction, type Tx } from '../db/transaction.ts';
import { answerIsDueMs, within } from '../deadline.ts';
import { newId, type PerformanceId } from '../ids.ts';
import { logger } from '../log.ts';
import { openLine } from '../queue/open-line.ts';
import type { RedisClient } from '../redis/client.ts';
import { rowLabel } from '../seats/seat-ids.ts';
import { type Performance, readAt, toPerformance } from './performance.ts';

export type NewPerformance = Omit<Performance, 'performanceId' | 'drawCommitment' | 'drawSeed'>;

/** Up to 20,000 seats are written at once: more than a request's usual statement. */
const statementTimeoutMs = 2_300;

const drawSeedBytes = 32;

/** The performance is there by then; its maker is not kept waiting for more. */
const openWithinMs = 300;
/** For the answer itself, of the time in which it is due. */
const answerMs = 50;

/**
 * Makes a performance with all its seats, in one transaction, and begins its line in Redis. When Redis is
 * away the first who enters begins it.
 */
export async function createPerformance(
  { db, cache }: { readonly db: Db; readonly cache: () => Promise<{ readonly redis: RedisClient }> },
  wanted: NewPerformance,
): Promise<Performance> {
  const made = await insertPerformance(db, wanted);
  const { performanceId } = made;
  const opening = cache().then(({ redis }) => openLine({ db, redis }, performanceId));
  // Never beyond the time of the answer: 503 would tell that there is no performance.
  const leftMs = answerIsDueMs() - performance.now() - answerMs;
  await within(Math.max(0, Math.min(openWithinMs, leftMs)), opening).catch((cause: unknown) => {
    logger.warn('The line is left to the first who enters', { performanceId, cause });
  });
  return made;
}

async function insertPerformance(db: Db, wanted: NewPerformance): Promise<Performance> {
  return inTransaction(db, { statementTimeoutMs }, async (tx) => {
    const row = await tx
      .insertInto('performances')
      .values({
        performance_id: newId<PerformanceId>(),
        name: wanted.name,
        starts_at: new Date(wanted.startsAt),
        opens_at: new Date(wanted.opensAt),
        row_count: wanted.seats.rows,
        seats_per_row: wanted.seats.seatsPerRow,
        price: wanted.seats.price,
        capacity: wanted.waitingRoom.capacity,
        admit_per_second: wanted.waitingRoom.admitPerSecond,
        admission_seconds: wanted.waitingRoom.admissionSeconds,
        heartbeat_seconds: wanted.waitingRoom.heartbeatSeconds,
        draw: wanted.waitingRoom.draw,
        draw_seed: wanted.waitingRoom.draw ? randomBytes(drawSeedBytes).toString('hex') : null,
        hold_seconds: wanted.holdSeconds,
        max_seats_per_user: wanted.maxSeatsPerUser,
      })
      .returningAll()
      .returning(readAt)
      .executeTakeFirstOrThrow();
    const performance = toPerformance(row);
    await insertSeats(tx, performance);
    return performance;
  });
}

/** Made in the database from the labels of the rows: one statement whatever the size of the hall. */
async function insertSeats(tx: Tx, { performanceId, seats }: Performance): Promise<void> {
  const labels = Array.from({ length: seats.rows }, (_, rowIndex) => rowLabel(rowIndex));
  await sql`
    INSERT INTO seats (seat_id, performance_id, row_label, row_index, number, price)
    SELECT ${performanceId} || ':' || label || '-' || number, ${performanceId}, label, ordinal - 1, number, ${seats.price}
    FROM unnest(${labels}::text[]) WITH ORDINALITY AS rows (label, ordinal)
    CROSS JOIN generate_series(1, ${seats.seatsPerRow}::integer) AS number`.execute(tx);
}
