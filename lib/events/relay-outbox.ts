import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Db } from '../db/client.ts';
import { inTransaction, type Tx } from '../db/transaction.ts';
import { DependencyError } from '../errors.ts';
import { logger, metrics } from '../log.ts';
import type { Publisher } from './kafka.ts';
import { type OutboxTopic, outboxTopics, type TopicNames } from './outbox-topic.ts';

export interface RelayServices {
  readonly db: Db;
  readonly publisher: Publisher;
  readonly topics: TopicNames;
}

const maxBatchSize = 500;
const publishWithinMs = 4_000;
/** The whole of a batch: its transaction must live a little longer than the publishing inside it. */
export const batchWithinMs = 6_000;
const idlePauseMs = 200;
const outagePauseMs = 1_000;
/** With the topic behind it, names the advisory lock of the one relay at a time. */
const relayLock = 'outbox relay';

/**
 * Publishes what stands in the outbox, batch by batch, until the deadline; then the next invocation goes on.
 * Each topic goes its own way: one that cannot be published to holds up none of the others.
 * An outage of Kafka or Postgres is waited out. Records may be published twice, after a crash between
 * publishing and marking, but the first delivery of each comes in the order of its seat.
 *
 * @param untilMs after which no batch is begun, by `performance.now()`; one that was takes `batchWithinMs` more
 * @returns how many records were published
 */
export async function relayOutbox(services: RelayServices, untilMs: number): Promise<number> {
  const counts = await Promise.all(outboxTopics.map((topic) => drainTopic(services, topic, untilMs)));
  return counts.reduce((sum, count) => sum + count, 0);
}

async function drainTopic(services: RelayServices, topic: OutboxTopic, untilMs: number): Promise<number> {
  let published = 0;
  while (performance.now() < untilMs) {
    try {
      const count = await relayBatch(services, topic);
      published += count;
      if (count === 0) await sleep(idlePauseMs);
    } catch (error) {
      if (!(error instanceof DependencyError)) throw error;
      logger.warn('The outbox waits', { topic, cause: error });
      await sleep(outagePauseMs);
    }
  }
  return published;
}

/**
 * One batch of a topic in one transaction: an advisory lock that ends with it keeps other relays out, SELECT in the
 * order of the ids, publish, UPDATE as published, COMMIT.
 *
 * The order of the ids is the order of a seat's events, because each was written under the lock on the seat's
 * row. There is no cursor over the ids: a lower one may be committed after a higher one.
 *
 * @returns how many records were published; 0 also while another relay is at work
 * @throws DependencyError
 */
export async function relayBatch(
  { db, publisher, topics }: RelayServices,
  topic: OutboxTopic,
): Promise<number> {
  return inTransaction(db, { statementTimeoutMs: batchWithinMs }, async (tx) => {
    if (!(await isOnlyRelay(tx, topic))) return 0;
    const rows = await tx
      .selectFrom('outbox')
      .select(['outbox_id', 'key', 'payload', 'created_at'])
      .where('published_at', 'is', null)
      .where('topic', '=', topic)
      .orderBy('outbox_id')
      .limit(maxBatchSize)
      .execute();
    const [oldest] = rows;
    if (oldest === undefined) return 0;
    const records = rows.map(({ key, payload }) => ({ key, value: payload }));
    await publisher.publish(topics[topic], records, publishWithinMs);
    await tx
      .updateTable('outbox')
      .set({ published_at: sql<Date>`clock_timestamp()` })
      .where(
        'outbox_id',
        'in',
        rows.map((row) => row.outbox_id),
      )
      .execute();
    metrics.addMetric('OutboxLag', 'Milliseconds', Date.now() - oldest.created_at.getTime());
    metrics.publishStoredMetrics();
    return rows.length;
  });
}

async function isOnlyRelay(tx: Tx, topic: OutboxTopic): Promise<boolean> {
  const { rows } = await sql<{ only: boolean }>`
    SELECT pg_try_advisory_xact_lock(hashtextextended(${`${relayLock} ${topic}`}, 0)) AS only`.execute(tx);
  return rows[0]?.only === true;
}
