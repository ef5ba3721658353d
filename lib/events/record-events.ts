import type { Tx } from '../db/transaction.ts';
import type { OutboxTopic } from './outbox-topic.ts';
import { type SeatEvent, toCloudEvent } from './seat-event.ts';

export const reservationEvents = 'reservation-events' satisfies OutboxTopic;

/**
 * Writes events into the outbox, in the transaction of the change they tell of: they are published if and
 * only if it is committed. One INSERT. The rows of a seat come in the order of its versions, since whoever
 * writes them holds the lock on the seat's row until COMMIT.
 */
export async function recordEvents(tx: Tx, events: readonly SeatEvent[]): Promise<void> {
  if (events.length === 0) return;
  const rows = events.map(toCloudEvent).map((event) => ({
    event_id: event.id,
    topic: reservationEvents,
    key: event.subject,
    payload: JSON.stringify(event),
  }));
  await tx.insertInto('outbox').values(rows).execute();
}
