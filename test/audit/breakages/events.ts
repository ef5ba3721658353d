import { event } from '../clean-sale.ts';
import type { Sent } from '../scratch.ts';
import type { Breakage } from './breakage.ts';

export const eventBreakages: readonly Breakage[] = [
  {
    invariant: 'outbox-empty',
    what: 'an event waits',
    sql: `UPDATE outbox SET published_at = NULL WHERE event_id = 'event-5'`,
  },
  {
    invariant: 'seat-map-agrees',
    what: 'the map is behind',
    sql: `UPDATE seat_map SET version = 1 WHERE seat_id = 'show-A1'`,
  },
  {
    invariant: 'seat-map-agrees',
    what: 'the map lacks a seat',
    sql: `DELETE FROM seat_map WHERE seat_id = 'show-A1'`,
  },
  {
    invariant: 'ticket-per-sold-seat',
    what: 'a sold seat has no ticket',
    sql: `DELETE FROM tickets WHERE ticket_id = 'ticket-1'`,
  },
  {
    invariant: 'ticket-per-sold-seat',
    what: 'a seat has two tickets',
    sql: `ALTER TABLE tickets DROP CONSTRAINT tickets_reservation_id_seat_id_key;
          INSERT INTO tickets SELECT 'ticket-9', reservation_id, seat_id FROM tickets WHERE ticket_id = 'ticket-1'`,
  },
  {
    invariant: 'ticket-per-sold-seat',
    what: 'a seat that was not sold has a ticket',
    sql: `INSERT INTO tickets (ticket_id, reservation_id, seat_id) VALUES ('ticket-9', 'reservation-1', 'show-A5')`,
  },
  {
    invariant: 'ticket-per-sold-seat',
    what: 'a cancelled reservation has two tickets of one seat',
    sql: `ALTER TABLE tickets DROP CONSTRAINT tickets_reservation_id_seat_id_key;
          INSERT INTO tickets SELECT 'ticket-9', reservation_id, seat_id FROM tickets WHERE ticket_id = 'ticket-4'`,
  },
  {
    invariant: 'seat-events-in-order',
    what: 'the topic lacks the last event',
    sql: `UPDATE seats SET version = 3 WHERE seat_id = 'show-A1'`,
  },
];

/** What a topic with three partitions may have; the records are sent in this order. */
export const topicBreakages: readonly { readonly what: string; readonly records: readonly Sent[] }[] = [
  {
    what: 'a gap',
    records: [
      [0, 'show-A1', event('show-A1', 1)],
      [0, 'show-A1', event('show-A1', 3)],
    ],
  },
  {
    what: 'two events in the wrong order',
    records: [
      [0, 'show-A1', event('show-A1', 2)],
      [0, 'show-A1', event('show-A1', 1)],
    ],
  },
  {
    what: 'a seat on two partitions',
    records: [
      [0, 'show-A1', event('show-A1', 1)],
      [1, 'show-A1', event('show-A1', 2)],
    ],
  },
  {
    what: 'two events of one version',
    records: [
      [0, 'show-A1', event('show-A1', 1)],
      [0, 'show-A1', event('show-A1', 1, { id: 'other' })],
      [0, 'show-A1', event('show-A1', 2)],
    ],
  },
  {
    what: 'an event under the key of another seat',
    records: [
      [0, 'show-A1', event('show-A1', 1)],
      [0, 'show-A1', event('show-A2', 2)],
    ],
  },
  {
    what: 'a cancellation of what was not paid',
    records: [
      [0, 'show-A1', event('show-A1', 1)],
      [0, 'show-A1', event('show-A1', 2, { type: 'reservation.cancelled' })],
    ],
  },
  {
    what: 'a second hold of a held seat',
    records: [
      [0, 'show-A1', event('show-A1', 1)],
      [0, 'show-A1', event('show-A1', 2, { type: 'seat.held' })],
    ],
  },
  {
    what: 'an event without a version',
    records: [
      [0, 'show-A1', event('show-A1', 1)],
      [0, 'show-A1', event('show-A1', Number.NaN)],
    ],
  },
];
