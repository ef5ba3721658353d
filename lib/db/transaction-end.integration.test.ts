import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { answerWithin, DeadlineError } from '../deadline.ts';
import { DependencyError } from '../errors.ts';
import type { UserId } from '../ids.ts';
import { newUser, points } from '../testing/people.ts';
import { failureOf } from '../testing/race.ts';
import { useScene } from '../testing/scene.ts';
import { CommitUnknownError, inTransaction, type Tx } from './transaction.ts';

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

describe('when nobody waits for the answer any more', () => {
  /** Work that goes on behind the answer that it took too long; resolves with how the work ended. */
  async function goOnUnheard(work: () => Promise<void>) {
    let ended: Promise<unknown> = Promise.resolve();
    const answer = answerWithin(300, () => {
      const done = work();
      ended = done.catch((error: unknown) => error);
      return done;
    });
    expect(await failureOf(answer)).toBeInstanceOf(DeadlineError);
    return ended;
  }

  test('nothing is begun', async () => {
    let begun = 0;
    const end = await goOnUnheard(async () => {
      await sleep(350);
      await inTransaction(scene.db, {}, async () => {
        begun += 1;
      });
    });
    expect(end).toBeInstanceOf(DependencyError);
    expect(begun).toBe(0);
  });

  test('nothing is committed', async () => {
    const end = await goOnUnheard(() =>
      inTransaction(scene.db, {}, async (tx) => {
        await addTo(tx, ann);
        await sleep(350);
      }),
    );
    expect(end).toBeInstanceOf(DependencyError);
    expect(await balances()).toEqual([0, 0]);
  });

  test('what ends in time is committed', async () => {
    await answerWithin(1_000, () => inTransaction(scene.db, {}, (tx) => addTo(tx, ann)));
    expect(await balances()).toEqual([0, 1]);
  });
});

describe('all tries together', () => {
  test('take no longer than a request has: then nobody tries again', async () => {
    let tries = 0;
    const attempt = inTransaction(scene.db, {}, async (tx) => {
      tries += 1;
      for (let step = 0; step < 3; step++) await sql`SELECT pg_sleep(0.5)`.execute(tx);
      await sql`DO $$ BEGIN RAISE 'again' USING ERRCODE = '40001'; END $$`.execute(tx);
    });
    const beganAtMs = performance.now();
    await expect(failureOf(attempt)).resolves.toBeInstanceOf(DependencyError);
    expect(performance.now() - beganAtMs).toBeLessThan(2_900);
    expect(tries).toBe(2);
  });

  test('end with the lease', async () => {
    let tries = 0;
    const endsAtMs = performance.now() + 150;
    const leaseRemainingMs = () => Math.max(0, endsAtMs - performance.now());
    const attempt = inTransaction(scene.db, { leaseRemainingMs }, async (tx) => {
      tries += 1;
      await sleep(Math.max(0, endsAtMs - performance.now() - 2));
      await sql`DO $$ BEGIN RAISE 'again' USING ERRCODE = '40001'; END $$`.execute(tx);
    });
    await failureOf(attempt);
    expect(tries).toBe(1);
  });
});

describe('a connection that is lost', () => {
  const endConnection = async (tx: Tx) => {
    const { rows } = await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(tx);
    await sql`SELECT pg_terminate_backend(${rows[0]?.pid})`.execute(scene.db);
    await sleep(50);
  };

  test('before COMMIT leaves no doubt: nothing was committed', async () => {
    const failure = await failureOf(
      inTransaction(scene.db, {}, async (tx) => {
        await endConnection(tx);
        await addTo(tx, ann);
      }),
    );
    expect(failure).toBeInstanceOf(DependencyError);
    expect(failure).not.toBeInstanceOf(CommitUnknownError);
    expect(await balances()).toEqual([0, 0]);
  });

  test('at COMMIT does', async () => {
    const attempt = inTransaction(scene.db, {}, async (tx) => {
      await addTo(tx, ann);
      await endConnection(tx);
    });
    await expect(failureOf(attempt)).resolves.toBeInstanceOf(CommitUnknownError);
    expect(await balances()).toEqual([0, 0]);
  });

  test('a COMMIT that is refused is refused for certain', async () => {
    await sql`CREATE TABLE late (id integer PRIMARY KEY DEFERRABLE INITIALLY DEFERRED)`.execute(scene.db);
    const attempt = inTransaction(scene.db, {}, async (tx) => {
      await sql`INSERT INTO late VALUES (1), (1)`.execute(tx);
      await addTo(tx, ann);
    });
    await expect(failureOf(attempt)).resolves.toMatchObject({ code: '23505' });
    expect(await balances()).toEqual([0, 0]);
  });
});
