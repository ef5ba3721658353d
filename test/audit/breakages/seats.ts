import { payment1, told } from '../clean-sale.ts';
import { alsoTold, type Breakage } from './breakage.ts';

const hold = (id: string, seat: string, from: string, until: string) =>
  `INSERT INTO holds (hold_id, performance_id, user_id, seat_ids, amount, fence, status, created_at, expires_at)
   VALUES ('${id}', 'show', 'cleo', '{${seat}}', 500, 20, 'held', '2026-01-01 ${from}Z', '2026-01-01 ${until}Z');`;

export const seatBreakages: readonly Breakage[] = [
  {
    invariant: 'seat-held-by-one',
    what: 'a hold began before the last one had run out',
    sql: hold('hold-3', 'show-A3', '10:00:59.999', '10:01:59.999'),
  },
  {
    invariant: 'seat-held-by-one',
    what: 'a seat was held after it was sold',
    sql: hold('hold-3', 'show-A1', '11:00:00', '11:01:00'),
  },
  {
    invariant: 'holds-end',
    what: 'a key never expires',
    redis: (redis) => redis.set('{show}:seat:show-A3', 'hold-2'),
  },
  {
    invariant: 'holds-end',
    what: 'a key outlives its hold',
    redis: (redis) => redis.set('{show}:seat:show-A3', 'hold-2', 'PX', 5_000),
  },
  {
    invariant: 'holds-end',
    what: 'a hold was paid after its expiry',
    sql: `UPDATE holds SET ended_at = expires_at + interval '300 ms' WHERE hold_id = 'hold-1'`,
  },
  {
    invariant: 'holds-end',
    what: 'a seat is promised for longer than its hold',
    sql: `UPDATE seats SET held_until = held_until + interval '1 s' WHERE seat_id = 'show-A3'`,
  },
  {
    invariant: 'holds-end',
    what: 'a client was shown a hold as held after its expiry',
    ...alsoTold(told('read hold', 'ben', 200, { status: 'held', expiresAt: '2026-01-01T10:00:00.000Z' })),
  },
  {
    invariant: 'seat-sold-once',
    what: 'a seat is in two confirmed reservations',
    sql: `INSERT INTO reservations (reservation_id, performance_id, user_id, hold_id, seat_ids, amount, status)
          VALUES ('reservation-2', 'show', 'ben', 'hold-2', '{show-A2}', 500, 'confirmed')`,
  },
  {
    invariant: 'seat-sold-once',
    what: 'a seat is sold to nobody',
    sql: `UPDATE reservations SET seat_ids = '{show-A1}'`,
  },
  {
    invariant: 'seat-sold-once',
    what: 'a confirmed seat is free',
    sql: `UPDATE seats SET status = 'available', reservation_id = NULL WHERE seat_id = 'show-A1'`,
  },
  {
    invariant: 'seat-confirmed-to-one',
    what: 'two clients were told that a seat is theirs',
    ...alsoTold(
      told('pay hold', 'ben', 201, { ...payment1, reservationId: 'reservation-9' }, { idempotencyKey: 'k' }),
    ),
  },
];
