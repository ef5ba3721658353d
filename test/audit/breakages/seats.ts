import { payment1, payment4, told } from '../clean-sale.ts';
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
    invariant: 'seat-held-by-one',
    what: 'a seat was held while another hold of it was extended',
    sql: `UPDATE holds SET extended = true, expires_at = '2026-01-01 10:01:50Z' WHERE hold_id = 'hold-2';
          UPDATE seats SET held_until = '2026-01-01 10:01:50Z' WHERE seat_id = 'show-A3';
          ${hold('hold-5', 'show-A3', '10:01:30', '10:02:30')}`,
  },
  {
    invariant: 'seat-held-by-one',
    what: 'a seat was held before its reservation was cancelled',
    sql: hold('hold-5', 'show-A4', '10:01:59.999', '10:02:59'),
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
    sql: `UPDATE payments SET created_at = '2026-01-01 10:01:00.300Z' WHERE hold_id = 'hold-1'`,
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
    what: 'a cancelled reservation still has its seat',
    sql: `UPDATE seats SET status = 'sold', reservation_id = 'reservation-4' WHERE seat_id = 'show-A4'`,
  },
  {
    invariant: 'seat-sold-once',
    what: 'a cancelled reservation is still listed for its seat',
    sql: `UPDATE reservation_seats SET cancelled_at = NULL`,
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
  {
    invariant: 'seat-confirmed-to-one',
    what: 'a client was told that a seat is its own before another had cancelled',
    evidence: ({ exchanges }) => {
      const cancelled = exchanges.find(({ kind }) => kind === 'cancel reservation');
      const early = told('pay hold', 'emil', 201, { ...payment4, reservationId: 'reservation-9' });
      const endedAtMs = (cancelled?.sentAtMs ?? 0) - 1;
      return { exchanges: [...exchanges, { ...early, sentAtMs: endedAtMs - 100, endedAtMs }] };
    },
  },
];
