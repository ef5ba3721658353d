import { sql } from 'kysely';
import type { Db } from '../db/client.ts';
import type { OutboxTopic } from '../events/outbox-topic.ts';

const seats = 7;

/** Rows as the events of seven seats would be: the first of each is of version 1, and so on in turn. */
export async function writeOutbox(
  db: Db,
  { topic = 'reservation-events', from, to }: { topic?: OutboxTopic; from: number; to: number },
): Promise<void> {
  await sql`
    INSERT INTO outbox (event_id, topic, key, payload)
    SELECT ${topic} || n, ${topic}, 'seat-' || n % ${seats}::int,
           '{"data":{"version":' || (n - 1) / ${seats}::int + 1 || '}}'
    FROM generate_series(${from}::int, ${to}::int) AS n`.execute(db);
}

export async function countUnpublished(db: Db): Promise<number> {
  const { count } = await db
    .selectFrom('outbox')
    .select(sql<number>`count(*)`.as('count'))
    .where('published_at', 'is', null)
    .executeTakeFirstOrThrow();
  return count;
}
