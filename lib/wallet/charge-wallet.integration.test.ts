import { beforeEach, describe, expect, test } from '@jest/globals';
import type { UserId } from '../ids.ts';
import { findMoneyFaults, givePoints, newKey, newUser, points } from '../testing/people.ts';
import { refusalOf } from '../testing/race.ts';
import { useScene } from '../testing/scene.ts';
import { chargeWallet } from './charge-wallet.ts';
import { listEntries } from './list-entries.ts';
import { readWallet } from './read-wallet.ts';

const scene = useScene();
let user: UserId;
beforeEach(() => {
  user = newUser();
});

const charge = (amount: number, idempotencyKey = newKey()) =>
  chargeWallet(scene, { userId: user, amountPoints: points(amount), idempotencyKey, requestId: 'r-1' });
const page = { limit: 50, before: Number.MAX_SAFE_INTEGER };

describe('a charge', () => {
  test('makes the wallet of a new user', async () => {
    expect(await readWallet(scene.db, user)).toEqual({ balance: 0 });
    const answer = await charge(700);
    expect(answer).toMatchObject({ status: 201, replayed: false });
    expect(JSON.parse(answer.text)).toEqual({ chargeId: expect.any(String), amount: 700, balance: 700 });
    expect(await readWallet(scene.db, user)).toEqual({ balance: 700 });
  });

  test('adds to what is there', async () => {
    await charge(700);
    expect(JSON.parse((await charge(1)).text)).toMatchObject({ balance: 701 });
  });

  test('is an entry of the wallet, with its counterpart in the books', async () => {
    const { chargeId } = JSON.parse((await charge(700)).text) as { chargeId: string };
    expect((await listEntries(scene.db, user, page)).items).toEqual([
      {
        entryId: expect.any(String),
        kind: 'charge',
        amount: 700,
        balanceAfter: 700,
        createdAt: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
        referenceId: chargeId,
      },
    ]);
    const entries = await scene.db
      .selectFrom('ledger_entries')
      .select(['account', 'user_id', 'amount', 'balance_after'])
      .where('reference_id', '=', chargeId)
      .orderBy('account')
      .execute();
    expect(entries).toEqual([
      { account: 'issued', user_id: null, amount: -700, balance_after: null },
      { account: 'wallet', user_id: user, amount: 700, balance_after: 700 },
    ]);
    expect(await findMoneyFaults(scene)).toEqual([]);
  });

  test('with a key that was used is the same charge', async () => {
    const key = newKey();
    const first = await charge(700, key);
    expect(await charge(700, key)).toEqual({ ...first, replayed: true });
    expect((await refusalOf(charge(701, key))).slug).toBe('idempotency-key-reused');
    expect(await readWallet(scene.db, user)).toEqual({ balance: 700 });
  });

  test('up to the limit of a balance and not beyond, and the key stays unused', async () => {
    await givePoints(scene, user, 1_000_000_000_000 - 5);
    const key = newKey();
    expect((await refusalOf(charge(6, key))).slug).toBe('balance-limit');
    expect(JSON.parse((await charge(5, key)).text)).toMatchObject({ balance: 1_000_000_000_000 });
    expect((await refusalOf(charge(1))).slug).toBe('balance-limit');
  });

  test('leaves the lock free', async () => {
    await charge(1);
    expect(await scene.redis.exists(`{wallet:${user}}`)).toBe(0);
  });
});

describe('the entries', () => {
  test('of a user, newest first, page by page, undisturbed by new ones', async () => {
    for (const amount of [1, 2, 3, 4, 5]) await givePoints(scene, user, amount);
    await givePoints(scene, newUser(), 100);
    const first = await listEntries(scene.db, user, { ...page, limit: 2 });
    expect(first.items.map(({ amount }) => amount)).toEqual([5, 4]);
    await givePoints(scene, user, 6);
    const cursor = Buffer.from(first.nextCursor ?? '', 'base64url')
      .toString()
      .slice(1);
    const second = await listEntries(scene.db, user, { limit: 2, before: Number(cursor) });
    expect(second.items.map(({ amount }) => amount)).toEqual([3, 2]);
    const all = await listEntries(scene.db, user, page);
    expect(all.items.map(({ amount, balanceAfter }) => [amount, balanceAfter])).toEqual([
      [6, 21],
      [5, 15],
      [4, 10],
      [3, 6],
      [2, 3],
      [1, 1],
    ]);
    expect(all.nextCursor).toBeNull();
  });

  test('of a new user are none', async () => {
    expect(await listEntries(scene.db, user, page)).toEqual({ items: [], nextCursor: null });
  });
});
