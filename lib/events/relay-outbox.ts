import { setTimeout as sleep } from 'node:timers/promises';
import { type SqlBool, sql } from 'kysely';
import { callDatabase } from '../db/call-database.ts';
import type { Db } from '../db/client.ts';
import { DependencyError } from '../errors.ts';
import { logger } from '../log.ts';
import type { Publisher } from './kafka.ts';
import { reportLag } from './outbox-lag.ts';
import { type OutboxTopic, outboxTopics, type TopicNames } from './outbox-topic.ts';
import { RelayLease, RelayLeaseLostError } from './relay-lease.ts';

export interface RelayServices {
  readonly db: Db;
  readonly publisher: Publisher;
  readonly topics: TopicNames;
}

const maxBatchSize = 500;
const publishWithinMs = 4_000;
/** Renewing the lease, reading, publishing and marking, each at its slowest. */
export const batchWithinMs = 15_000;
const idlePauseMs = 200;
const outagePauseMs = 1_000;

/**
 * Publishes what stands in the outbox, batch by batch, until the deadline; then the next invocation goes on.
 * Each topic goes its own way, under a lease of its own: one that cannot be published to holds up none of the
 * others. An outage of Kafka or Postgres is waited out. Records may be published twice, after a crash between
 * publishing and marking, but the first delivery of each comes in the order of its seat.
 *
 * @param untilMs after which no batch is begun, by `performance.now()`; one that was takes `batchWithinMs` more
 * @returns how many records were published
 */
export async function relayOutbox(services: RelayServices, untilMs: number): Promise<number> {
  const settled = await Promise.allSettled([
    ...outboxTopics.map((topic) => drainTopic(services, topic, untilMs)),
    reportLag(services.db, untilMs).then(() => 0),
  ]);
  // All have come to their end before a defect of one is told: none goes on unseen.
  return settled.reduce((sum, each) => {
    if (each.status === 'rejected') throw each.reason;
    return sum + each.value;
  }, 0);
}

async function drainTopic(services: RelayServices, topic: OutboxTopic, untilMs: number): Promise<number> {
  const lease = new RelayLease(services.db, topic);
  let published = 0;
  while (performance.now() < untilMs) {
    try {
      const count = await relayBatch(services, lease);
      published += count;
      if (count === 0) await sleep(idlePauseMs);
    } catch (error) {
      if (!(error instanceof DependencyError || error instanceof RelayLeaseLostError)) throw error;
      logger.warn('The outbox waits', { topic, cause: error });
      await sleep(outagePauseMs);
    }
  }
  await lease.giveUp().catch((cause: unknown) => logger.warn('The lease is left to its end', { cause }));
  return published;
}

/**
 * One batch of a topic under the lease: SELECT in the order of the ids, publish, UPDATE as published, which
 * compares the fence. No transaction is open while Kafka is waited for.
 *
 * The order of the ids is the order of a seat's events, because each was written under the lock on the seat's
 * row. There is no cursor over the ids: a lower one may be committed after a higher one. Every batch therefore
 * has, of each seat, the events from the first that is not marked on, and a mark is set only for what Kafka has:
 * whenever a batch arrives, be it of a relay that was replaced long ago, what comes before it is there already.
 *
 * @returns how many records were published; 0 also while another relay has the lease
 * @throws DependencyError nothing is marked; what was published comes again
 * @throws RelayLeaseLostError likewise
 */
export async function relayBatch(
  { db, publisher, topics }: RelayServices,
  lease: Pick<RelayLease, 'topic' | 'keep'>,
): Promise<number> {
  const turn = await lease.keep();
  if (turn === undefined) return 0;
  const rows = await readUnpublished(db, lease.topic);
  if (rows.length === 0) return 0;
  if (turn.remainingMs() === 0) throw new RelayLeaseLostError(lease.topic);
  const records = rows.map(({ key, payload }) => ({ key, value: payload }));
  await publisher.publish(topics[lease.topic], records, publishWithinMs);
  const ids = rows.map((row) => row.outbox_id);
  if (!(await markPublished(db, ids, lease.topic, turn.fence))) throw new RelayLeaseLostError(lease.topic);
  return rows.length;
}

function readUnpublished(db: Db, topic: OutboxTopic) {
  return callDatabase(() =>
    db
      .selectFrom('outbox')
      .select(['outbox_id', 'key', 'payload'])
      .where('published_at', 'is', null)
      .where('topic', '=', topic)
      .orderBy('outbox_id')
      .limit(maxBatchSize)
      .execute(),
  );
}

/** @returns whether they were marked, i.e. the fence is still that of the topic's lease and the lease not over */
async function markPublished(
  db: Db,
  ids: readonly number[],
  topic: OutboxTopic,
  fence: number,
): Promise<boolean> {
  const { numUpdatedRows } = await callDatabase(() =>
    db
      .updateTable('outbox')
      .set({ published_at: sql<Date>`clock_timestamp()` })
      .where('outbox_id', 'in', ids)
      .where(
        sql<SqlBool>`EXISTS (SELECT FROM relay_leases
          WHERE topic = ${topic} AND fence = ${fence} AND ends_at > clock_timestamp())`,
      )
      .executeTakeFirstOrThrow(),
  );
  return numUpdatedRows > 0n;
}
