import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { anyOrderExplains } from './every-order.ts';
import { checkLinearizability, type Operation } from './linearizability.ts';
import { type HoldStatus, type SeatInput, seatModel } from './seat-model.ts';

const holdMs = 1_000;
const model = seatModel(20);

type Row = readonly [called: number, returned: number | 'unknown', input: SeatInput];

const operationOf = ([calledAtMs, returned, input]: Row): Operation<SeatInput> => ({
  input,
  calledAtMs,
  returnedAtMs: returned === 'unknown' ? Number.POSITIVE_INFINITY : returned,
  isUnknown: returned === 'unknown',
});
const verdict = (rows: readonly Row[]) => checkLinearizability(model, rows.map(operationOf)).type;

const common = { kind: 'hold', seats: 'A-1', holdMs } as const;
/** Hold number n expires `holdMs` after n and has n as its fence. */
const hold = (n: number, userId = `user ${n}`, isNew = true): SeatInput => {
  const known = { holdId: `h${n}`, expiresAtMs: n + holdMs, fence: n };
  return { ...common, userId, isNew, hold: known };
};
const unknownHold = (userId: string): SeatInput => ({ ...common, userId, isNew: false, hold: null });
const release = (n: number): SeatInput => ({ kind: 'release', holdId: `h${n}` });
const pay = (n: number): SeatInput => ({ kind: 'pay', holdId: `h${n}`, expiresAtMs: n + holdMs });
const see = (n: number, status: HoldStatus): SeatInput => ({
  kind: 'see',
  status,
  holdId: `h${n}`,
  expiresAtMs: n + holdMs,
  mayBeCancelled: false,
});
const refused: SeatInput = { kind: 'refused' };

const good: Readonly<Record<string, readonly Row[]>> = {
  'held, refused to another, released, held by the other': [
    [1, 9, hold(1)],
    [20, 30, refused],
    [40, 50, release(1)],
    [60, 70, hold(60)],
  ],
  'held again when the hold had expired': [
    [1, 9, hold(1)],
    [1_001, 1_010, hold(1_001)],
    [1_020, 1_030, see(1, 'expired')],
  ],
  'a hold asked for before the other expired and given after': [
    [1, 9, hold(1)],
    [900, 1_050, hold(1_002)],
  ],
  'paid, and taken for good': [
    [1, 9, hold(1)],
    [500, 510, pay(1)],
    [5_000, 5_010, refused],
    [5_020, 5_030, see(1, 'paid')],
  ],
  'an unknown hold that was found by asking again': [
    [1, 'unknown', unknownHold('ann')],
    [50, 60, hold(20, 'ann', false)],
    [70, 80, pay(20)],
  ],
  'an unknown hold that kept another away': [
    [1, 'unknown', unknownHold('ann')],
    [50, 60, refused],
  ],
  'an unknown release that took effect': [
    [1, 9, hold(1)],
    [20, 'unknown', release(1)],
    [40, 50, hold(40)],
  ],
  'an unknown release that did not': [
    [1, 9, hold(1)],
    [20, 'unknown', release(1)],
    [40, 50, pay(1)],
  ],
};

const bad: Readonly<Record<string, readonly Row[]>> = {
  'held by two': [
    [1, 9, hold(1)],
    [10, 19, hold(10)],
  ],
  'held by two at once': [
    [1, 20, hold(1)],
    [1, 20, hold(2)],
  ],
  'held though it was sold': [
    [1, 9, hold(1)],
    [10, 19, pay(1)],
    [5_000, 5_010, hold(5_000)],
  ],
  'sold twice': [
    [1, 9, hold(1)],
    [10, 19, pay(1)],
    [20, 29, pay(1)],
  ],
  'a hold that rises from the dead after its release': [
    [1, 9, hold(1)],
    [10, 19, release(1)],
    [20, 29, see(1, 'held')],
  ],
  'a hold that outlives its end': [
    [1, 9, hold(1)],
    [1_100, 1_110, see(1, 'held')],
  ],
  'paid after its end': [
    [1, 9, hold(1)],
    [1_100, 1_110, pay(1)],
  ],
  'paid after its release': [
    [1, 9, hold(1)],
    [10, 19, release(1)],
    [20, 29, pay(1)],
  ],
  'expired before its end': [
    [1, 9, hold(1)],
    [500, 510, see(1, 'expired')],
  ],
  'refused when the hold had expired': [
    [1, 9, hold(1)],
    [1_100, 1_110, refused],
  ],
  'refused though nobody had it': [[1, 9, refused]],
  'released though it was paid': [
    [1, 9, hold(1)],
    [10, 19, pay(1)],
    [20, 29, release(1)],
  ],
  'a fence that does not grow': [
    [100, 109, hold(100)],
    [110, 119, release(100)],
    [120, 129, hold(99)],
  ],
  'an unknown hold found by somebody else': [
    [1, 'unknown', unknownHold('ann')],
    [50, 60, hold(20, 'bob', false)],
  ],
  'an unknown hold that was made twice': [
    [1, 'unknown', unknownHold('ann')],
    [50, 60, hold(20, 'ann', false)],
    [70, 80, hold(30, 'ann', false)],
  ],
  'an unknown release that came back': [
    [1, 9, hold(1)],
    [20, 'unknown', release(1)],
    [40, 50, hold(40)],
    [60, 70, see(1, 'held')],
  ],
};

describe('seat histories', () => {
  test.each(Object.entries(good))('accepts: %s', (_, rows) => {
    expect(verdict(rows)).toBe('linearizable');
  });
  test.each(Object.entries(bad))('refuses: %s', (_, rows) => {
    expect(verdict(rows)).toBe('not linearizable');
  });
});

const seed = Number(process.env['TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

/** Any operation at any time, without regard to sense. */
const inputs = fc.oneof(
  fc
    .constantFrom(1, 300, 900)
    .chain((n) =>
      fc.constantFrom(
        hold(n),
        hold(n, `user ${n}`, false),
        release(n),
        pay(n),
        see(n, 'held'),
        see(n, 'expired'),
      ),
    ),
  fc.constantFrom(refused, unknownHold('user 1'), unknownHold('user 300')),
);
const rows = fc
  .tuple(fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: 1, max: 800 }), inputs, fc.boolean())
  .map(([called, tookMs, input, isLost]): Row => {
    const isUnknown =
      'hold' in input ? input.hold === null : isLost && input.kind !== 'see' && input !== refused;
    return [called, isUnknown ? 'unknown' : called + tookMs, input];
  });

test(`the search says of random histories what trying every order says (seed ${seed})`, () => {
  const seen = { linearizable: 0, 'not linearizable': 0 };
  fc.assert(
    fc.property(fc.array(rows, { minLength: 1, maxLength: 6 }), (history) => {
      const expected = anyOrderExplains(model, history.map(operationOf))
        ? 'linearizable'
        : 'not linearizable';
      seen[expected] += 1;
      expect(verdict(history)).toBe(expected);
    }),
    { seed, numRuns: 3_000 },
  );
  expect(seen.linearizable).toBeGreaterThan(100);
  expect(seen['not linearizable']).toBeGreaterThan(100);
});
