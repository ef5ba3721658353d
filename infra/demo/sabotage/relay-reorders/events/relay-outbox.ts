/*
 * Broken on purpose: publishes each batch with the newest first. Two events of a seat in one batch change places.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { inTransaction } from '../../../../../lib/db/transaction.ts';
import { type OutboxTopic, outboxTopics } from '../../../../../lib/events/outbox-topic.ts';
import type { RelayServices } from '../../../../../lib/events/relay-outbox.ts';

export type { RelayServices };

export const batchWithinMs = 6_000;
/** Long enough for most buyers to hold and pay within one batch. */
const pauseMs = 1_000;

export async function relayOutbox(services: RelayServices, untilMs: number): Promise<number> {
  let published = 0;
  while (performance.now() < untilMs) {
    for (const topic of outboxTopics) published += await relayBatch(services, topic);
    await sleep(pauseMs);
  }
  return published;
}

export async function relayBatch(
  { db, publisher, topics }: RelayServices,
  topic: OutboxTopic,
): Promise<number> {
  return inTransaction(db, { statementTimeoutMs: batchWithinMs }, async (tx) => {
    const rows = await tx
      .selectFrom('outbox')
      .select(['outbox_id', 'key', 'payload'])
      .where('published_at', 'is', null)
      .where('topic', '=', topic)
      .orderBy('outbox_id', 'desc')
      .limit(500)
      .forUpdate()
      .execute();
    if (rows.length === 0) return 0;
    const records = rows.map(({ key, payload }) => ({ key, value: payload }));
    await publisher.publish(topics[topic], records, 4_000);
    const ids = rows.map((row) => row.outbox_id);
    await tx
      .updateTable('outbox')
      .set({ published_at: sql<Date>`clock_timestamp()` })
      .where('outbox_id', 'in', ids)
      .execute();
    return rows.length;
  });
}
