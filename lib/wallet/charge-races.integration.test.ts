import { describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { UserId } from '../ids.ts';
import { LockContendedError } from '../lock/errors.ts';
import type { Lock } from '../lock/lock.ts';
import { walletLock as walletLockName } from '../redis/keys.ts';
import { absentLock, brokenLock } from '../testing/locks.ts';
import { findMoneyFaults, givePoints, newKey, newUser, points } from '../testing/people.ts';
import { race, times } from '../testing/race.ts';
import { useScene } from '../testing/scene.ts';
import { chargeWallet } from './charge-wallet.ts';
import { readWallet } from './read-wallet.ts';
import { recordTransfer } from './record-transfer.ts';

const rounds = 5;
const atOnce = 8;
const amount = 10;

const scene = useScene();

const broken = 'a lock that lets everybody in';
const impatient = 'the simple lock';

/** What holds with the lock must hold without it, and with one that lets everybody in. */
const locks: readonly (readonly [string, () => Lock])[] = [
  ['the pub/sub lock', () => scene.walletLock],
  ['the spin lock', () => scene.locks.spin],
  [impatient, () => scene.locks.simple],
  ['a lock that is away', () => absentLock],
  [broken, () => brokenLock()],
];

const charge = (walletLock: Lock, userId: UserId, idempotencyKey: string) =>
  chargeWallet(
    { db: scene.db, walletLock },
    { userId, amountPoints: points(amount), idempotencyKey, requestId: 'r' },
  );

describe.each(locks)(`${atOnce} charges at once, ${rounds} rounds, under %s`, (name, lockOf) => {
  test('with one key: credited once, and every answer is the first one or says that it runs', async () => {
    for (let round = 0; round < rounds; round++) {
      const [user, key] = [newUser(), newKey()];
      const { results, refusals } = await race(times(atOnce, () => charge(lockOf(), user, key)));
      expect(new Set(results.map(({ text }) => text)).size).toBe(1);
      expect(results.filter(({ replayed }) => !replayed)).toHaveLength(1);
      // Who does not wait may come before the key of the other is written, and is told to come again.
      const told = name === impatient ? ['request-in-progress', 'unavailable'] : ['request-in-progress'];
      for (const { slug } of refusals) expect(told).toContain(slug);
      expect(await readWallet(scene.db, user)).toEqual({ balance: amount });
    }
    expect(await findMoneyFaults(scene)).toEqual([]);
  });

  test('with a key each: each that was answered is credited once', async () => {
    for (let round = 0; round < rounds; round++) {
      const user = newUser();
      const { results, refusals } = await race(times(atOnce, () => charge(lockOf(), user, newKey())));
      const after = results.map(({ text }) => (JSON.parse(text) as { balance: number }).balance);
      expect(after.toSorted((a, b) => a - b)).toEqual(results.map((_each, index) => (index + 1) * amount));
      expect(await readWallet(scene.db, user)).toEqual({ balance: results.length * amount });
      // Who comes with an older fence than the last, or does not wait, is told to come again; nobody else is.
      if (name !== broken && name !== impatient) expect(refusals).toEqual([]);
      expect(results.length).toBeGreaterThan(0);
      for (const { slug } of refusals) expect(slug).toBe('unavailable');
    }
    expect(await findMoneyFaults(scene)).toEqual([]);
  });
});

describe('the control', () => {
  /** The statements of a charge without the key's row, the row lock and the condition. */
  const chargeUnprotected = (user: UserId) =>
    scene.db.transaction().execute(async (tx) => {
      const { balance } = await tx
        .selectFrom('wallets')
        .select('balance')
        .where('user_id', '=', user)
        .executeTakeFirstOrThrow();
      const balanceAfter = points(balance + amount);
      await tx.updateTable('wallets').set({ balance: balanceAfter }).where('user_id', '=', user).execute();
      const entry = { kind: 'charge', amountPoints: amount, referenceId: newKey() } as const;
      await recordTransfer(tx, { ...entry, userId: user, balanceAfter });
    });

  test('is refused by the ledger itself, whose entries follow one another', async () => {
    const user = newUser();
    await givePoints(scene, user, amount);
    const charges = await Promise.allSettled(Array.from({ length: atOnce }, () => chargeUnprotected(user)));
    const balance = amount * (1 + charges.filter(({ status }) => status === 'fulfilled').length);
    expect(await readWallet(scene.db, user)).toEqual({ balance });
    expect(await findMoneyFaults(scene)).toEqual([]);
    expect(charges.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(0);
  });

  test(`the same ${rounds} rounds of read and write lose points, and the check sees it`, async () => {
    await sql`ALTER TABLE ledger_entries DISABLE TRIGGER ledger_is_chained`.execute(scene.db);
    let lost = 0;
    for (let round = 0; round < rounds; round++) {
      const user = newUser();
      await givePoints(scene, user, amount);
      await race(times(atOnce - 1, () => chargeUnprotected(user)));
      const { balance } = await readWallet(scene.db, user);
      lost += atOnce * amount - balance;
    }
    expect(lost).toBeGreaterThan(0);
    expect((await findMoneyFaults(scene)).length).toBeGreaterThan(0);
  });

  test.each(['simple', 'spin', 'pubsub'] as const)(
    'the same read and write, each under the %s lock of the wallet, loses nothing',
    async (kind) => {
      const lock = scene.locks[kind];
      const chargeLocked = async (user: UserId) => {
        try {
          const lease = await lock.acquire([walletLockName(user)], { leaseMs: 10_000, waitMs: 10_000 });
          await chargeUnprotected(user);
          await lease.release();
          return true;
        } catch (error) {
          if (error instanceof LockContendedError) return false;
          throw error;
        }
      };
      for (let round = 0; round < rounds; round++) {
        const user = newUser();
        await givePoints(scene, user, amount);
        const { results } = await race(times(atOnce - 1, () => chargeLocked(user)));
        const charged = results.filter(Boolean).length;
        expect(charged).toBeGreaterThan(0);
        if (kind !== 'simple') expect(charged).toBe(atOnce - 1);
        expect(await readWallet(scene.db, user)).toEqual({ balance: (1 + charged) * amount });
      }
    },
  );

  test(`a key that is only looked up, not taken, is charged twice within ${rounds} rounds`, async () => {
    let credited = 0;
    for (let round = 0; round < rounds; round++) {
      const [user, key] = [newUser(), newKey()];
      await givePoints(scene, user, 1);
      await race(
        times(atOnce, () =>
          scene.db.transaction().execute(async (tx) => {
            const used = await tx
              .selectFrom('charges')
              .where('idempotency_key', '=', key)
              .select('charge_id')
              .execute();
            if (used.length > 0) return;
            const charged = { charge_id: newKey() as never, user_id: user, amount: points(amount) };
            await tx
              .insertInto('charges')
              .values({ ...charged, idempotency_key: key })
              .execute();
            credited += 1;
          }),
        ),
      );
    }
    expect(credited).toBeGreaterThan(rounds);
  });
});
