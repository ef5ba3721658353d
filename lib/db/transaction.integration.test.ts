import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { DatabaseError } from 'pg';
import { DependencyError, Problem } from '../errors.ts';
import type { UserId } from '../ids.ts';
import { newUser, points } from '../testing/people.ts';
import { failureOf } from '../testing/race.ts';
import { useScene } from '../testing/scene.ts';
import { inTransaction, LeaseOverError, type Tx } from './transaction.ts';

const scene = useScene();
let ann: UserId;
let ben: UserId;

beforeEach(async () => {
  [ann, ben] = [newUser(), newUser()];
  const balance = points(0);
  await scene.db
    .insertInto('wallets')
    .values([
      { user_id: ann, balance },
      { user_id: ben, balance },
    ])
    .execute();
});

const addTo = (tx: Tx, user: UserId) =>
  tx
    .updateTable('wallets')
    .set((wallet) => ({ balance: wallet('balance', '+', points(1)) }))
    .where('user_id', '=', user)
    .execute();

async function balances(): Promise<number[]> {
  const rows = await scene.db
    .selectFrom('wallets')
    .select('balance')
    .where('user_id', 'in', [ann, ben])
    .execute();
  return rows.map(({ balance }) => balance).toSorted((a, b) => a - b);
}

describe('a transaction', () => {
  test('is committed with what it returns', async () => {
    await expect(
      inTransaction(scene.db, {}, async (tx) => {
        await addTo(tx, ann);
        return 'done';
      }),
    ).resolves.toBe('done');
    expect(await balances()).toEqual([0, 1]);
  });

  test.each([new Error('oh'), new Problem('hold-expired', 'Over.')])('is undone by %p', async (reason) => {
    const attempt = inTransaction(scene.db, {}, async (tx) => {
      await addTo(tx, ann);
      throw reason;
    });
    expect(await failureOf(attempt)).toBe(reason);
    expect(await balances()).toEqual([0, 0]);
  });

  test('passes on what is wrong with a statement, once', async () => {
    let tries = 0;
    const attempt = inTransaction(scene.db, {}, async (tx) => {
      tries += 1;
      await sql`SELECT nonsense`.execute(tx);
    });
    await expect(failureOf(attempt)).resolves.toBeInstanceOf(DatabaseError);
    expect(tries).toBe(1);
  });
});

describe('another try', () => {
  test('for the victim of a deadlock: both end well', async () => {
    let tries = 0;
    // Each locks its first wallet, waits for the other to have done so, and wants the other's.
    const crossing = (first: UserId, second: UserId) =>
      inTransaction(scene.db, { statementTimeoutMs: 10_000 }, async (tx) => {
        tries += 1;
        await addTo(tx, first);
        if (tries <= 2) await sleep(200);
        await addTo(tx, second);
      });
    await Promise.all([crossing(ann, ben), crossing(ben, ann)]);
    expect(await balances()).toEqual([2, 2]);
    expect(tries).toBe(3);
  }, 20_000);

  test('after a serialization failure', async () => {
    let tries = 0;
    await inTransaction(scene.db, {}, async (tx) => {
      tries += 1;
      if (tries < 3) await sql`DO $$ BEGIN RAISE 'again' USING ERRCODE = '40001'; END $$`.execute(tx);
      await addTo(tx, ann);
    });
    expect(tries).toBe(3);
    expect(await balances()).toEqual([0, 1]);
  });

  test('but not for ever: then Postgres counts as out of reach', async () => {
    let tries = 0;
    const attempt = inTransaction(scene.db, {}, async (tx) => {
      tries += 1;
      await sql`DO $$ BEGIN RAISE 'again' USING ERRCODE = '40P01'; END $$`.execute(tx);
    });
    await expect(failureOf(attempt)).resolves.toMatchObject({ dependency: 'postgres' });
    expect(tries).toBe(3);
  });
});

describe('a lease that is over', () => {
  const addSlowly = async (tx: Tx) => {
    await sql`SELECT pg_sleep(0.1)`.execute(tx);
    await addTo(tx, ann);
  };

  test('keeps the transaction from being committed', async () => {
    // Lost early, as when its renewal is refused: the server's limits know nothing of it.
    let isOver = false;
    const leaseRemainingMs = () => (isOver ? 0 : 5_000);
    const attempt = inTransaction(scene.db, { leaseRemainingMs }, async (tx) => {
      await addSlowly(tx);
      isOver = true;
    });
    const failure = await failureOf(attempt);
    expect(failure).toBeInstanceOf(LeaseOverError);
    expect(await balances()).toEqual([0, 0]);
  });

  test('does so also when this process does not notice: the server ends it', async () => {
    // Stopped between its last look at the lease and its COMMIT, for longer than the lease: no statement and no
    // pause is as long as the limits of either.
    const attempt = inTransaction(scene.db, { leaseRemainingMs: () => 300 }, async (tx) => {
      await addTo(tx, ann);
      await sleep(200);
      await sql`SELECT pg_sleep(0.05)`.execute(tx);
      await sleep(200);
    });
    await expect(failureOf(attempt)).resolves.toBeInstanceOf(DependencyError);
    expect(await balances()).toEqual([0, 0]);
  });

  test('before it begins is told as such, and so is one that ends while a statement runs', async () => {
    const attempt = inTransaction(scene.db, { leaseRemainingMs: () => 0 }, (tx) => addTo(tx, ann));
    await expect(failureOf(attempt)).resolves.toBeInstanceOf(LeaseOverError);
    const endsAtMs = performance.now() + 150;
    const leaseRemainingMs = () => Math.max(0, endsAtMs - performance.now());
    const late = inTransaction(scene.db, { leaseRemainingMs }, async (tx) => {
      await addTo(tx, ann);
      await sql`SELECT pg_sleep(0.5)`.execute(tx);
    });
    await expect(failureOf(late)).resolves.toBeInstanceOf(LeaseOverError);
    expect(await balances()).toEqual([0, 0]);
  });

  test('is what keeps it: without one the same is committed', async () => {
    await inTransaction(scene.db, {}, addSlowly);
    expect(await balances()).toEqual([0, 1]);
  });
});

describe('the limits', () => {
  const limits = (options: Parameters<typeof inTransaction>[1]) =>
    inTransaction(scene.db, options, async (tx) => {
      const { rows } = await sql<Record<string, string>>`
        SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock,
               current_setting('idle_in_transaction_session_timeout') AS idle,
               current_setting('transaction_timeout') AS total`.execute(tx);
      return rows[0];
    });
  const all = (value: string) => ({ statement: value, lock: value, idle: value });

  test('are set, and shorter when less of the lease is left', async () => {
    expect(await limits({})).toMatchObject(all('1500ms'));
    expect(await limits({ leaseRemainingMs: () => 700.9 })).toEqual({ ...all('700ms'), total: '700ms' });
    expect(await limits({ leaseRemainingMs: () => 5_000 })).toMatchObject(all('1500ms'));
    expect(await limits({ leaseRemainingMs: () => 5_000, statementTimeoutMs: 6_000 })).toEqual({
      ...all('5s'),
      total: '5s',
    });
  });

  test('bound the whole, too, by what a request has', async () => {
    const totalMs = Number.parseInt((await limits({}))?.['total'] ?? '', 10);
    expect(totalMs).toBeGreaterThan(2_000);
    expect(totalMs).toBeLessThanOrEqual(2_500);
  });

  test('are never none, not even when nothing is left', async () => {
    // 0 would mean no limit at all; the least there is ends the first statement, or the lease ends the rest.
    const failure = await failureOf(
      inTransaction(scene.db, { leaseRemainingMs: () => 0 }, (tx) => sql`SELECT pg_sleep(5)`.execute(tx)),
    );
    expect([DependencyError, LeaseOverError].some((type) => failure instanceof type)).toBe(true);
  });

  test('end with the transaction', async () => {
    await limits({});
    const { rows } = await sql`SELECT current_setting('statement_timeout') AS limit`.execute(scene.db);
    expect(rows).toEqual([{ limit: '0' }]);
  });

  test('end a statement that takes too long', async () => {
    const attempt = inTransaction(scene.db, { leaseRemainingMs: () => 100 }, (tx) =>
      sql`SELECT pg_sleep(5)`.execute(tx),
    );
    await expect(failureOf(attempt)).resolves.toBeInstanceOf(DependencyError);
  });

  test('end the wait for a row', async () => {
    await scene.db.transaction().execute(async (holder) => {
      await addTo(holder, ann);
      const attempt = inTransaction(scene.db, { leaseRemainingMs: () => 100 }, (tx) => addTo(tx, ann));
      await expect(failureOf(attempt)).resolves.toBeInstanceOf(DependencyError);
    });
    expect(await balances()).toEqual([0, 1]);
  });

  test('end a transaction that is left standing, and its connection is not used again', async () => {
    const attempt = inTransaction(scene.db, { leaseRemainingMs: () => 100 }, async (tx) => {
      await addTo(tx, ann);
      await sleep(400);
      await addTo(tx, ben);
    });
    await expect(failureOf(attempt)).resolves.toBeInstanceOf(DependencyError);
    expect(await balances()).toEqual([0, 0]);
  });
});
