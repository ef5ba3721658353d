import { describe, expect, test } from '@jest/globals';
import type { Exchange, Outcome, RequestKind } from '../../audit/exchange.ts';
import { checkHistories } from './check-histories.ts';

const holdMs = 4_000;
const lost: Outcome = { type: 'unknown', reason: 'connection' };
const answerOf = (status: number, text: string): Outcome => ({
  type: 'answer',
  status,
  text,
  replayed: false,
});
const answer = (status: number, body: object) => answerOf(status, JSON.stringify(body));
const problem = (status: number, slug: string, more: object = {}) =>
  answer(status, { type: `urn:problem:${slug}`, ...more });

type Said = {
  readonly user?: string;
  readonly key?: string;
  readonly path?: string;
  readonly body?: object;
  readonly outcome: Outcome;
};

/** One exchange that lasted for 10 ms from `sentAtMs`. */
const exchange = (
  sentAtMs: number,
  kind: RequestKind,
  { user = 'ann', key, path = '', body, outcome }: Said,
): Exchange => ({
  kind,
  userId: user,
  stay: 1,
  idempotencyKey: key ?? null,
  path,
  body: body === undefined ? null : JSON.stringify(body),
  sentAtMs,
  endedAtMs: sentAtMs + 10,
  outcome,
});

const charge = (atMs: number, key: string, outcome: Outcome) =>
  exchange(atMs, 'charge wallet', { key, body: { amount: 5 }, outcome });
const balance = (atMs: number, points: number) =>
  exchange(atMs, 'read wallet', { outcome: answer(200, { balance: points }) });
const hold = (atMs: number, user: string, outcome: Outcome) =>
  exchange(atMs, 'hold seats', { user, body: { seatIds: ['A-1'] }, outcome });
const holdAnswer = (status: 200 | 201, n: number, expiresAtMs: number) =>
  answer(status, {
    holdId: `h${n}`,
    seatIds: ['A-1'],
    amount: 100,
    fence: n,
    expiresAt: new Date(expiresAtMs).toISOString(),
  });
const pay = (atMs: number, key: string, outcome: Outcome) =>
  exchange(atMs, 'pay hold', { key, body: { holdId: 'h1' }, outcome });
const paid = answer(201, { reservationId: 'r1', amount: 100, balance: 0 });
const cancel = (atMs: number, outcome: Outcome) =>
  exchange(atMs, 'cancel reservation', { key: 'c', path: '/reservations/r1', outcome });

function violations(exchanges: readonly Exchange[]): string[] {
  return checkHistories(exchanges, holdMs).flatMap((finding) => finding.violations);
}

describe('from exchanges', () => {
  test('a key that was sent three times is one charge, known by its last answer', () => {
    const charges = [
      charge(0, 'k1', lost),
      charge(20, 'k1', problem(503, 'unavailable')),
      charge(40, 'k1', answer(201, { amount: 5, balance: 5 })),
    ];
    expect(violations([...charges, balance(60, 5)])).toEqual([]);
    expect(violations([...charges, balance(60, 10)])).toHaveLength(1);
  });

  test('a charge is one of its first call: it may have been seen before its answer', () => {
    const charges = [charge(0, 'k1', lost), charge(40, 'k1', answer(201, { amount: 5, balance: 5 }))];
    expect(violations([...charges, balance(20, 5)])).toEqual([]);
  });

  test('a 503 that nobody asked about again may have been a charge or not, but not two', () => {
    const unknown = charge(0, 'k1', problem(503, 'unavailable'));
    expect(violations([unknown, balance(20, 0)])).toEqual([]);
    expect(violations([unknown, balance(20, 5)])).toEqual([]);
    expect(violations([unknown, balance(20, 10)])).toHaveLength(1);
  });

  test('an answered charge is no unknown one', () => {
    const known = charge(0, 'k1', answer(201, { amount: 5, balance: 5 }));
    expect(violations([known, balance(20, 0)])).toHaveLength(1);
  });

  test('the newest entry tells the balance', () => {
    const known = charge(0, 'k1', answer(201, { amount: 5, balance: 5 }));
    const entries = (items: object[]) =>
      exchange(20, 'read entries', { outcome: answer(200, { items, nextCursor: null }) });
    expect(violations([known, entries([{ balanceAfter: 5 }])])).toEqual([]);
    expect(violations([known, entries([])])).toHaveLength(1);
  });

  test('a payment moves a seat and a wallet', () => {
    const before = [
      exchange(0, 'charge wallet', {
        key: 'k',
        body: { amount: 100 },
        outcome: answer(201, { balance: 100 }),
      }),
      hold(20, 'ann', holdAnswer(201, 1, 4_020)),
    ];
    expect(violations([...before, pay(40, 'p', paid), balance(60, 0)])).toEqual([]);
    expect(violations([...before, pay(40, 'p', paid), balance(60, 100)])).toHaveLength(1);
    expect(violations([...before, pay(40, 'p', lost), balance(60, 0)])).toEqual([]);
    const other = hold(6_000, 'bob', holdAnswer(201, 2, 10_000));
    expect(violations([...before, other])).toEqual([]);
    expect(violations([...before, pay(40, 'p', paid), other])).toHaveLength(1);
  });

  test('a cancellation gives points and seat back, once', () => {
    const before = [
      exchange(0, 'charge wallet', {
        key: 'k',
        body: { amount: 100 },
        outcome: answer(201, { balance: 100 }),
      }),
      hold(20, 'ann', holdAnswer(201, 1, 4_020)),
      pay(40, 'p', paid),
    ];
    const cancelled = answer(200, { reservationId: 'r1', refunded: 100, balance: 100 });
    const other = hold(6_000, 'bob', holdAnswer(201, 2, 10_000));
    expect(violations([...before, cancel(60, cancelled), balance(80, 100), other])).toEqual([]);
    expect(violations([...before, cancel(60, cancelled), balance(80, 0)])).toHaveLength(1);
    expect(violations([...before, cancel(60, cancelled), balance(80, 200)])).toHaveLength(1);
    expect(violations([...before, cancel(60, lost), balance(80, 0)])).toEqual([]);
    expect(violations([...before, cancel(60, lost), balance(80, 100), other])).toEqual([]);
    expect(violations([...before, cancel(60, problem(409, 'already-cancelled')), other])).toHaveLength(1);
  });

  test('a hold stays paid when what was bought with it is cancelled', () => {
    const look = exchange(80, 'read hold', { path: '/holds/h1', outcome: answer(200, { status: 'paid' }) });
    const bought = [hold(20, 'ann', holdAnswer(201, 1, 4_020)), pay(40, 'p', paid)];
    const cancelled = answer(200, { reservationId: 'r1', refunded: 100, balance: 100 });
    const seats = [...bought, cancel(60, cancelled), look];
    expect(checkHistories(seats, holdMs)[0]?.violations).toEqual([]);
    expect(checkHistories([...bought.slice(0, 1), look], holdMs)[0]?.violations).toHaveLength(1);
  });

  test('two who were given one seat are found, with or without a third who was told nothing', () => {
    const two = [hold(0, 'ann', holdAnswer(201, 1, 4_000)), hold(20, 'bob', holdAnswer(201, 2, 4_020))];
    expect(violations(two)).toHaveLength(1);
    expect(violations([...two, hold(10, 'cid', lost)])).toHaveLength(1);
  });

  test('a seat refused while nobody had it or asked for it is found', () => {
    const refused = hold(0, 'ann', problem(409, 'seat-unavailable', { seatIds: ['A-1'] }));
    expect(violations([refused])).toHaveLength(1);
    const asked = hold(-1_000, 'bob', lost);
    expect(violations([asked, refused])).toEqual([]);
    expect(checkHistories([asked, refused], holdMs)[0]).toMatchObject({ kind: 'seats', excused: 1 });
  });

  test('a hold that is shown as alive after its release is found', () => {
    const look = (status: string) =>
      exchange(60, 'read hold', { path: '/holds/h1', outcome: answer(200, { status }) });
    const released = [
      hold(0, 'ann', holdAnswer(201, 1, 4_000)),
      exchange(20, 'release hold', { path: '/holds/h1', outcome: answerOf(204, '') }),
    ];
    expect(violations([...released, look('released')])).toEqual([]);
    expect(violations([...released, look('held')])).toHaveLength(1);
  });
});
