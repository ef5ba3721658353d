import type { Exchange, RequestKind } from '../../infra/audit/exchange.ts';
import type { ReadRecords, TopicExtent, TopicRecord } from '../../infra/audit/topic.ts';

/** The clients and the topic of the sale in `sale.sql`. */

let clock = Date.parse('2026-01-01T10:00:00Z');

export type Told = Partial<Omit<Exchange, 'outcome'>> & { readonly replayed?: boolean };

/** An exchange a second after the last one, answered within 100 ms. */
export function told(
  kind: RequestKind,
  userId: string,
  status: number,
  json: object,
  more: Told = {},
): Exchange {
  clock += 1_000;
  const { replayed = false, ...rest } = more;
  return {
    kind,
    userId,
    stay: 1,
    idempotencyKey: null,
    path: '/performances/show/queue',
    body: null,
    sentAtMs: clock,
    endedAtMs: clock + 100,
    outcome: { type: 'answer', status, text: JSON.stringify(json), replayed },
    ...rest,
  };
}

export const problem = (slug: string) => ({ type: `urn:problem:${slug}` });

export const charge1 = { chargeId: 'charge-1', amount: 1000, balance: 1000 };
export const payment1 = {
  paymentId: 'payment-1',
  reservationId: 'reservation-1',
  seatIds: ['show-A2', 'show-A1'],
  amount: 1000,
  balance: 500,
};
export const payment4 = {
  paymentId: 'payment-4',
  reservationId: 'reservation-4',
  seatIds: ['show-A4'],
  amount: 500,
  balance: 100,
};
export const refund4 = { reservationId: 'reservation-4', refunded: 500, balance: 600 };
export const cancellationOf = (reservationId: string, idempotencyKey: string) => ({
  path: `/reservations/${reservationId}`,
  idempotencyKey,
});
const hold1 = {
  holdId: 'hold-1',
  seatIds: ['show-A1', 'show-A2'],
  amount: 1000,
  expiresAt: '2026-01-01T10:01:00.000Z',
  fence: 11,
};

export function cleanExchanges(): Exchange[] {
  const admittedUntil = new Date(clock + 600_000).toISOString();
  const inside = (ticket: number) => ({ status: 'admitted', ticket, ahead: 0, admittedUntil });
  return [
    told('enter queue', 'ann', 201, inside(1)),
    told('enter queue', 'ann', 200, inside(1)),
    told('enter queue', 'ben', 201, inside(2)),
    told('enter queue', 'cleo', 201, { status: 'waiting', ticket: 3, ahead: 0 }),
    told('charge wallet', 'ann', 201, charge1, { idempotencyKey: 'key-1' }),
    told('charge wallet', 'ann', 201, charge1, { idempotencyKey: 'key-1', replayed: true }),
    told('hold seats', 'ann', 201, hold1),
    told('pay hold', 'ann', 201, payment1, { idempotencyKey: 'key-4' }),
    told('pay hold', 'dora', 201, payment4, { idempotencyKey: 'key-6' }),
    told('cancel reservation', 'dora', 200, refund4, cancellationOf('reservation-4', 'key-7')),
  ];
}

/** The events of a seat that is sold and given back, over and over. */
const typesInTurn = ['reservation.cancelled', 'seat.held', 'reservation.completed'];

export function event(seatId: string, version: number, more: object = {}): string {
  const data = { seatId, performanceId: 'show', version };
  const type = typesInTurn[version % 3];
  return JSON.stringify({ id: `${seatId}/${version}`, type, subject: seatId, data, ...more });
}

const record = (partition: number, offset: bigint, key: string, version: number): TopicRecord => ({
  partition,
  offset,
  key,
  value: event(key, version),
});

export function cleanRecords(): TopicRecord[] {
  return [
    record(0, 0n, 'show-A1', 1),
    record(0, 1n, 'show-A3', 1),
    record(0, 2n, 'show-A1', 2),
    record(1, 0n, 'show-A2', 1),
    // Delivered twice, as a relay does that died before it could mark the row.
    record(1, 1n, 'show-A2', 1),
    record(1, 2n, 'show-A2', 2),
    record(2, 0n, 'show-A4', 1),
    record(2, 1n, 'show-A4', 2),
    record(2, 2n, 'show-A4', 3),
  ];
}

/** Records as a topic that still has its first ones hands them on. */
export const readingOf =
  (records: readonly TopicRecord[], extent: TopicExtent = { isWhole: true }): ReadRecords =>
  async (take) => {
    for (const each of records) take(each);
    return extent;
  };
