import { describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { OnceAnswer } from '../idempotency/run-once.ts';
import type { UserId } from '../ids.ts';
import type { Lock } from '../lock/lock.ts';
import type { Hold } from '../seats/hold.ts';
import { releaseHold } from '../seats/release-hold.ts';
import { absentLock, brokenLock } from '../testing/locks.ts';
import {
  admitUser,
  findMoneyFaults,
  giveHold,
  givePoints,
  newKey,
  openHall,
  points,
} from '../testing/people.ts';
import { race, times } from '../testing/race.ts';
import { useScene } from '../testing/scene.ts';
import { readWallet } from '../wallet/read-wallet.ts';
import { payHold } from './pay-hold.ts';

const rounds = 4;
const atOnce = 6;
const scene = useScene();

const locks: readonly (readonly [string, () => Lock])[] = [
  ['the pub/sub lock', () => scene.walletLock],
  ['the simple lock', () => scene.locks.simple],
  ['the spin lock', () => scene.locks.spin],
  ['a lock that is away', () => absentLock],
  ['a lock that lets everybody in', () => brokenLock()],
];

const pay = (walletLock: Lock, userId: UserId, hold: Hold, idempotencyKey = newKey()) =>
  payHold({ ...scene, walletLock }, { userId, holdId: hold.holdId, idempotencyKey, requestId: 'r' });

/** A user with two holds of one seat each at 100 points, and money. */
async function shopper(balance: number) {
  const hall = await openHall(scene);
  const user = await admitUser(scene, hall);
  const holds = [await giveHold(scene, hall, user, 'A-1'), await giveHold(scene, hall, user, 'A-2')] as const;
  await givePoints(scene, user, balance);
  return { user, holds };
}

const statusesOf = (answers: readonly OnceAnswer[]) =>
  answers.map(({ status }) => status).toSorted((a, b) => a - b);
const passing = ['request-in-progress', 'unavailable'];

async function expectSound(): Promise<void> {
  expect(await findMoneyFaults(scene)).toEqual([]);
  const { rows } = await sql`
    SELECT hold_id FROM payments FULL JOIN reservations USING (hold_id)
    WHERE payments.amount IS DISTINCT FROM reservations.amount`.execute(scene.db);
  expect(rows).toEqual([]);
}

describe.each(locks)(`${atOnce} payments at once, ${rounds} rounds, under %s`, (_, lockOf) => {
  test('of one hold with one key: paid once', async () => {
    for (let round = 0; round < rounds; round++) {
      const { user, holds } = await shopper(1_000);
      const key = newKey();
      const { results, refusals } = await race(times(atOnce, () => pay(lockOf(), user, holds[0], key)));
      expect(new Set(results.map(({ text }) => text)).size).toBe(1);
      expect(results.filter(({ replayed }) => !replayed)).toHaveLength(1);
      for (const { slug } of refusals) expect(passing).toContain(slug);
      expect(await readWallet(scene.db, user)).toEqual({ balance: 900 });
    }
    await expectSound();
  });

  test('of one hold with a key each: one succeeds, the others find it paid', async () => {
    for (let round = 0; round < rounds; round++) {
      const { user, holds } = await shopper(1_000);
      const { results, refusals } = await race(times(atOnce, () => pay(lockOf(), user, holds[0])));
      expect(statusesOf(results)).toEqual([201, ...results.slice(1).map(() => 409)]);
      for (const { slug } of refusals) expect(passing).toContain(slug);
      expect(await readWallet(scene.db, user)).toEqual({ balance: 900 });
    }
    await expectSound();
  });

  test('of two holds with points for one: one is paid', async () => {
    for (let round = 0; round < rounds; round++) {
      const { user, holds } = await shopper(150);
      const both = [() => pay(lockOf(), user, holds[0]), () => pay(lockOf(), user, holds[1])];
      const { results } = await race(both);
      expect(results.filter(({ status }) => status === 201)).toHaveLength(1);
      for (const { status } of results) expect([201, 402]).toContain(status);
      expect(await readWallet(scene.db, user)).toEqual({ balance: 50 });
    }
    await expectSound();
  });
});

test(`a payment and a release of one hold, ${rounds * 3} rounds: one of them has it`, async () => {
  for (let round = 0; round < rounds * 3; round++) {
    const { user, holds } = await shopper(1_000);
    const [hold] = holds;
    const [payment, release] = await Promise.allSettled([
      pay(scene.walletLock, user, hold),
      releaseHold(scene, user, hold.holdId),
    ]);
    if (payment.status === 'rejected') throw payment.reason;
    const isPaid = payment.value.status === 201;
    expect(release.status).toBe(isPaid ? 'rejected' : 'fulfilled');
    expect(await readWallet(scene.db, user)).toEqual({ balance: isPaid ? 900 : 1_000 });
  }
  await expectSound();
});

describe('the control', () => {
  /** The statements of a payment without the row locks and the conditions. */
  const payUnprotected = async (user: UserId, hold: Hold): Promise<boolean> =>
    scene.db.transaction().execute(async (tx) => {
      const { balance } = await tx
        .selectFrom('wallets')
        .select('balance')
        .where('user_id', '=', user)
        .executeTakeFirstOrThrow();
      const { status } = await tx
        .selectFrom('holds')
        .select('status')
        .where('hold_id', '=', hold.holdId)
        .executeTakeFirstOrThrow();
      if (balance < hold.amount || status !== 'held') return false;
      const left = points(balance - hold.amount);
      await tx.updateTable('wallets').set({ balance: left }).where('user_id', '=', user).execute();
      await sql`UPDATE holds SET status = 'paid', ended_at = now() WHERE hold_id = ${hold.holdId}`.execute(
        tx,
      );
      return true;
    });

  test(`one hold is paid by several within ${rounds} rounds`, async () => {
    let paid = 0;
    for (let round = 0; round < rounds; round++) {
      const { user, holds } = await shopper(1_000);
      const { results } = await race(times(atOnce, () => payUnprotected(user, holds[0])));
      paid += results.filter(Boolean).length;
    }
    expect(paid).toBeGreaterThan(rounds);
  });

  test(`points for one pay two holds within ${rounds} rounds`, async () => {
    let paid = 0;
    for (let round = 0; round < rounds; round++) {
      const { user, holds } = await shopper(150);
      const both = [() => payUnprotected(user, holds[0]), () => payUnprotected(user, holds[1])];
      const { results } = await race(both);
      paid += results.filter(Boolean).length;
    }
    expect(paid).toBeGreaterThan(rounds);
  });
});
