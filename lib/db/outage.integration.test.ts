import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { eventually } from '../../test/contract/eventually.ts';
import type { FaultProxy } from '../../test/contract/fault-proxy.ts';
import { DependencyError } from '../errors.ts';
import { newUser, points } from '../testing/people.ts';
import { proxied } from '../testing/proxied.ts';
import { failureOf } from '../testing/race.ts';
import { useScene } from '../testing/scene.ts';
import { readWallet } from '../wallet/read-wallet.ts';
import { callDatabase } from './call-database.ts';
import { createDatabase, type Db } from './client.ts';
import { inTransaction } from './transaction.ts';

/** A 503 comes within 3 s; what comes after the database has its share too. */
const answerWithinMs = 2_900;

const scene = useScene();
let proxy: FaultProxy;
let db: Db;

beforeEach(async () => {
  const through = await proxied(scene.databaseUrl);
  proxy = through.proxy;
  db = createDatabase({ url: through.url, poolMax: 2 });
});
afterEach(async () => {
  await proxy.close();
  await db.destroy();
});

/** The proxy stays the test's; this is for a pool of another size. */
function throughProxy(): string {
  const url = new URL(scene.databaseUrl);
  url.port = String(proxy.port);
  return url.href;
}

const read = () => readWallet(db, newUser());
const write = () =>
  inTransaction(db, {}, (tx) =>
    tx
      .insertInto('wallets')
      .values({ user_id: newUser(), balance: points(0) })
      .execute(),
  );

/** Fails as a service that is out of reach, in time. */
async function expectOutage(attempt: () => Promise<unknown>): Promise<void> {
  const beganAtMs = performance.now();
  const failure = await failureOf(attempt());
  expect(failure).toBeInstanceOf(DependencyError);
  expect(failure).toMatchObject({ dependency: 'postgres' });
  expect(performance.now() - beganAtMs).toBeLessThan(answerWithinMs);
}

/** Succeeds soon; until the pool has heard of the end of its connections it fails as an outage does. */
const getOver = (attempt: () => Promise<unknown>) =>
  eventually('Postgres is back', 5_000, () =>
    attempt().then(
      () => true,
      (error: unknown) => {
        expect(error).toBeInstanceOf(DependencyError);
        return undefined;
      },
    ),
  );

describe('Postgres out of reach is a DependencyError, in time, and is got over', () => {
  for (const [kind, attempt] of [
    ['a read', read],
    ['a transaction', write],
  ] as const) {
    test(`${kind}, when connections are refused`, async () => {
      await attempt();
      await proxy.set({ kind: 'refuse' });
      await expectOutage(attempt);
      await expectOutage(attempt);
      await proxy.set({ kind: 'none' });
      await attempt();
    });

    test(`${kind}, when a connection that is open goes silent`, async () => {
      await attempt();
      await proxy.set({ kind: 'black-hole' });
      await expectOutage(attempt);
      await expectOutage(attempt);
      await proxy.set({ kind: 'none' });
      await attempt();
    }, 20_000);

    test(`${kind}, when the first connection goes silent`, async () => {
      await proxy.set({ kind: 'black-hole' });
      await expectOutage(attempt);
      await proxy.set({ kind: 'none' });
      await attempt();
    });

    test(`${kind}, when its connection is cut`, async () => {
      await attempt();
      proxy.cut();
      expect(await getOver(attempt)).toBe(true);
    });
  }

  test('also when it is cut in the middle of a statement', async () => {
    const attempt = callDatabase(() => sql`SELECT pg_sleep(10)`.execute(db));
    setTimeout(() => proxy.cut(), 200);
    await expect(failureOf(attempt)).resolves.toBeInstanceOf(DependencyError);
  });

  test('also when the server ends the connection', async () => {
    const attempt = callDatabase(() => sql`SELECT pg_terminate_backend(pg_backend_pid())`.execute(db));
    await expect(failureOf(attempt)).resolves.toBeInstanceOf(DependencyError);
    expect(await getOver(read)).toBe(true);
  });

  test('also when there are no connections left', async () => {
    await db.connection().execute(() => db.connection().execute(() => expectOutage(read)));
  });
});

describe('a transaction whose connection goes silent', () => {
  test('leaves nothing behind for the next one that uses the pool', async () => {
    const [lost, kept] = [newUser(), newUser()];
    const single = createDatabase({ url: throughProxy(), poolMax: 1 });
    try {
      const attempt = inTransaction(single, {}, async (tx) => {
        await tx
          .insertInto('wallets')
          .values({ user_id: lost, balance: points(7) })
          .execute();
        await proxy.set({ kind: 'black-hole' });
        await sql`SELECT 1`.execute(tx);
      });
      await expect(failureOf(attempt)).resolves.toBeInstanceOf(DependencyError);
      await proxy.set({ kind: 'none' });
      await inTransaction(single, {}, (tx) =>
        tx
          .insertInto('wallets')
          .values({ user_id: kept, balance: points(1) })
          .execute(),
      );
      expect(await readWallet(scene.db, kept)).toEqual({ balance: 1 });
      expect(await readWallet(scene.db, lost)).toEqual({ balance: 0 });
    } finally {
      await single.destroy();
    }
  });
});
