import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { anyOrderExplains } from './every-order.ts';
import { checkLinearizability, type Operation } from './linearizability.ts';
import { type WalletInput, walletModel } from './wallet-model.ts';

const seed = Number(process.env['TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const check = (operations: readonly Operation<WalletInput>[], maxStates?: number) =>
  checkLinearizability(walletModel, operations, maxStates).type;

/** One thing done to a wallet at a moment, with how far before and after it the client's view reaches. */
const move = fc.record({
  kind: fc.constantFrom('charge', 'pay', 'read'),
  amount: fc.integer({ min: 1, max: 3 }),
  before: fc.integer({ min: 0, max: 25 }),
  after: fc.integer({ min: 0, max: 25 }),
  /** Whether it took effect, for one that its client was told nothing of. */
  fate: fc.constantFrom('told', 'told', 'told', 'lost answer', 'lost request'),
});
type Move = typeof move extends fc.Arbitrary<infer T> ? T : never;

/** Carries the moves out one after the other, ten ms apart, and writes down what clients would have seen. */
function perform(moves: readonly Move[]): Operation<WalletInput>[] {
  let balance = 0;
  return moves.flatMap(({ kind, amount, before, after, fate }, index): Operation<WalletInput>[] => {
    const atMs = 100 + 10 * index;
    const isUnknown = fate !== 'told';
    const times = {
      calledAtMs: atMs - before,
      returnedAtMs: isUnknown ? Number.POSITIVE_INFINITY : atMs + after,
      isUnknown,
    };
    if (kind === 'read') return isUnknown ? [] : [{ input: { kind, balance }, ...times }];
    const isPaid = kind === 'charge' || balance >= amount;
    if (!isPaid && isUnknown) return [{ input: { kind, amount, balance: null }, ...times }];
    if (!isPaid) return [{ input: { kind: 'refused', amount, balance }, ...times }];
    if (fate !== 'lost request') balance += kind === 'charge' ? amount : -amount;
    return [{ input: { kind, amount, balance: isUnknown ? null : balance }, ...times }];
  });
}

/** What goes wrong in one operation of a history: its client is told another balance, or its effect is lost. */
function spoil(history: readonly Operation<WalletInput>[], at: number, by: number): Operation<WalletInput>[] {
  return history.map((operation, index) =>
    index === at % history.length && operation.input.balance !== null
      ? { ...operation, input: { ...operation.input, balance: operation.input.balance + by } }
      : operation,
  );
}

describe('the search', () => {
  test(`accepts whatever was done in some order (seed ${seed})`, () => {
    const histories = fc.array(move, { minLength: 1, maxLength: 60 }).map(perform);
    fc.assert(
      fc.property(histories, (history) => expect(check(history)).toBe('linearizable')),
      { seed, numRuns: 500 },
    );
  });

  test(`says of a spoilt history what trying every order says (seed ${seed})`, () => {
    let refused = 0;
    const spoilt = fc.tuple(
      fc.array(move, { minLength: 1, maxLength: 6 }).map(perform),
      fc.nat(5),
      fc.constantFrom(-2, -1, 1, 2),
    );
    fc.assert(
      fc.property(spoilt, ([history, at, by]) => {
        if (history.length === 0) return;
        const wrong = spoil(history, at, by);
        const expected = anyOrderExplains(walletModel, wrong);
        if (!expected) refused += 1;
        expect(check(wrong)).toBe(expected ? 'linearizable' : 'not linearizable');
      }),
      { seed, numRuns: 1_000 },
    );
    // A search that accepted everything would pass only if nothing were ever wrong.
    expect(refused).toBeGreaterThan(200);
  });

  test('gives up at its bound, and says so', () => {
    const charges = Array.from({ length: 12 }, (_, index) => ({
      input: { kind: 'charge', amount: 2 ** index, balance: null } as const,
      calledAtMs: 0,
      returnedAtMs: Number.POSITIVE_INFINITY,
      isUnknown: true,
    }));
    const impossible = { kind: 'read', balance: 0.5 } as const;
    const history = [...charges, { input: impossible, calledAtMs: 1, returnedAtMs: 2, isUnknown: false }];
    expect(check(history, 1_000)).toBe('undecided');
    expect(check(history)).toBe('not linearizable');
  });

  test('names what nothing allows', () => {
    const at = (calledAtMs: number) => ({ calledAtMs, returnedAtMs: calledAtMs + 1, isUnknown: false });
    const charge = { input: { kind: 'charge', amount: 5, balance: 5 } as const, ...at(0) };
    const stale = { input: { kind: 'read', balance: 0 } as const, ...at(10) };
    expect(checkLinearizability(walletModel, [charge, stale])).toMatchObject({
      type: 'not linearizable',
      explained: 1,
      stuckAt: [stale],
    });
  });
});
