import type { Exchange, RequestKind } from '../../infra/audit/exchange.ts';
import type { TopicRecord } from '../../infra/audit/topic.ts';

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
  ];
}

export function event(seatId: string, version: number, more: object = {}): string {
  const data = { seatId, performanceId: 'show', version };
  return JSON.stringify({ id: `${seatId}/${version}`, subject: seatId, data, ...more });
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
  ];
}
