/*
 * Broken on purpose: marks what it is about to publish. Killed in between, it has lost a batch.
 */
import { batchWithinMs, type RelayServices } from '../../../../../../lib/events/relay-outbox.ts';

export { batchWithinMs };

export async function relayOutbox({ db, publisher, topics }: RelayServices): Promise<number> {
  const rows = await db
    .updateTable('outbox')
    .set({ published_at: new Date() })
    .where('published_at', 'is', null)
    .returning(['outbox_id', 'key', 'payload'])
    .execute();
  const records = rows
    .toSorted((a, b) => a.outbox_id - b.outbox_id)
    .map(({ key, payload }) => ({ key, value: payload }));
  if (records.length > 0) await publisher.publish(topics['reservation-events'], records, batchWithinMs);
  return records.length;
}
