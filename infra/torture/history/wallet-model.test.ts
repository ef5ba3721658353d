import { describe, expect, test } from '@jest/globals';
import { checkLinearizability, type Operation } from './linearizability.ts';
import { type WalletInput, walletModel } from './wallet-model.ts';

type Row = readonly [called: number, returned: number | 'unknown', input: WalletInput];

const verdict = (rows: readonly Row[]) =>
  checkLinearizability(
    walletModel,
    rows.map(
      ([calledAtMs, returned, input]): Operation<WalletInput> => ({
        input,
        calledAtMs,
        returnedAtMs: returned === 'unknown' ? Number.POSITIVE_INFINITY : returned,
        isUnknown: returned === 'unknown',
      }),
    ),
  ).type;

const charge = (amount: number, balance: number | null): WalletInput => ({ kind: 'charge', amount, balance });
const pay = (amount: number, balance: number | null): WalletInput => ({ kind: 'pay', amount, balance });
const read = (balance: number): WalletInput => ({ kind: 'read', balance });

const good: Readonly<Record<string, readonly Row[]>> = {
  'nothing at all': [],
  'two charges at once, in the order of their balances': [
    [0, 10, charge(5, 8)],
    [0, 10, charge(3, 3)],
    [11, 12, read(8)],
  ],
  'a read during a charge, before it or after': [
    [0, 10, charge(5, 5)],
    [1, 2, read(0)],
    [3, 4, read(5)],
  ],
  'an unknown charge that took effect': [
    [0, 'unknown', charge(5, null)],
    [20, 21, read(5)],
  ],
  'an unknown charge that did not': [
    [0, 'unknown', charge(5, null)],
    [20, 21, read(0)],
  ],
  'an unknown charge that took effect late': [
    [0, 'unknown', charge(5, null)],
    [20, 21, read(0)],
    [30, 31, read(5)],
  ],
  'a payment refused, a charge, and then paid': [
    [0, 1, { kind: 'refused', amount: 5, balance: 0 }],
    [2, 3, charge(5, 5)],
    [4, 5, pay(5, 0)],
  ],
};

const bad: Readonly<Record<string, readonly Row[]>> = {
  'a lost update': [
    [0, 10, charge(5, 5)],
    [0, 10, charge(3, 3)],
  ],
  'a stale read': [
    [0, 10, charge(5, 5)],
    [11, 12, read(0)],
  ],
  'reads that go back': [
    [0, 10, charge(5, 5)],
    [1, 2, read(5)],
    [3, 4, read(0)],
  ],
  'debited twice': [
    [0, 1, charge(10, 10)],
    [2, 3, pay(5, 5)],
    [4, 5, read(0)],
  ],
  'an unknown charge that took effect twice': [
    [0, 'unknown', charge(5, null)],
    [20, 21, read(10)],
  ],
  'an unknown charge that was undone': [
    [0, 'unknown', charge(5, null)],
    [20, 21, read(5)],
    [22, 23, read(0)],
  ],
  'an effect before its cause': [
    [0, 1, read(5)],
    [2, 3, charge(5, 5)],
  ],
  'a payment above the balance': [[0, 1, pay(5, -5)]],
  'refused though there was enough': [
    [0, 1, charge(5, 5)],
    [2, 3, { kind: 'refused', amount: 5, balance: 5 }],
  ],
};

describe('wallet histories', () => {
  test.each(Object.entries(good))('accepts %s', (_, rows) => {
    expect(verdict(rows)).toBe('linearizable');
  });
  test.each(Object.entries(bad))('refuses %s', (_, rows) => {
    expect(verdict(rows)).toBe('not linearizable');
  });
});
