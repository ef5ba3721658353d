import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { FaultProxy } from '../../test/contract/fault-proxy.ts';
import { createDatabase, type Db } from '../db/client.ts';
import { CommitUnknownError, type Tx } from '../db/transaction.ts';
import type { UserId } from '../ids.ts';
import { newKey, newUser, points } from '../testing/people.ts';
import { proxied } from '../testing/proxied.ts';
import { failureOf } from '../testing/race.ts';
import { useScene } from '../testing/scene.ts';
import { readWallet } from '../wallet/read-wallet.ts';
import { type KeyedRequest, runOnce } from './run-once.ts';

const scene = useScene();
let user: UserId;
let request: KeyedRequest;
let proxy: FaultProxy;
let db: Db;

beforeEach(async () => {
  user = newUser();
  request = { userId: user, operation: 'charge', key: newKey(), content: { amount: 1 }, requestId: 'r-1' };
  const through = await proxied(scene.databaseUrl);
  proxy = through.proxy;
  db = createDatabase({ url: through.url, poolMax: 2 });
});
afterEach(async () => {
  await proxy.close();
  await db.destroy();
});

/** Work with an effect that can be counted. */
const addPoint = (tx: Tx) =>
  tx
    .insertInto('wallets')
    .values({ user_id: user, balance: points(1) })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet({ balance: sql`wallets.balance + 1` }))
    .returning('balance')
    .executeTakeFirstOrThrow();

const run = () => runOnce(scene.db, request, {}, addPoint);
const runThroughProxy = (work: (tx: Tx) => Promise<object> = addPoint) => runOnce(db, request, {}, work);
const effect = async () => (await readWallet(scene.db, user)).balance;

/** What the server does at COMMIT from now on, for this user's wallet alone. */
async function atCommit(statement: string) {
  const name = `at_commit_${newKey().replaceAll('-', '_')}`;
  await sql
    .raw(
      `CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN IF NEW.user_id = '${user}' THEN ${statement}; END IF; RETURN NULL; END $$;
         CREATE CONSTRAINT TRIGGER ${name} AFTER INSERT ON wallets DEFERRABLE INITIALLY DEFERRED
         FOR EACH ROW EXECUTE FUNCTION ${name}()`,
    )
    .execute(scene.db);
}

describe('a COMMIT whose reply is lost', () => {
  test('is answered with what it has committed', async () => {
    const lost = proxy.loseReplyTo(/commit/i);
    const first = await runThroughProxy();
    await lost;
    expect(first).toMatchObject({ status: 201, replayed: false });
    expect(await run()).toEqual({ ...first, replayed: true });
    expect(await effect()).toBe(1);
  });

  test('also while it is still at work on the server', async () => {
    await atCommit('PERFORM pg_sleep(0.4)');
    const answer = runThroughProxy(async (tx) => {
      const result = await addPoint(tx);
      // The COMMIT leaves at once behind this.
      setTimeout(() => proxy.cut(), 100);
      return result;
    });
    expect(await answer).toMatchObject({ status: 201, replayed: false });
    expect(await effect()).toBe(1);
  });

  test('but not when it has committed nothing: the same request may be sent again', async () => {
    await atCommit('PERFORM pg_terminate_backend(pg_backend_pid())');
    const failure = await failureOf(runThroughProxy());
    expect(failure).toBeInstanceOf(CommitUnknownError);
    expect(await effect()).toBe(0);
  });

  test('nor when it takes longer than the request has', async () => {
    await atCommit('PERFORM pg_sleep(1.2)');
    const beganAtMs = performance.now();
    const failure = await failureOf(
      runThroughProxy(async (tx) => {
        const result = await addPoint(tx);
        setTimeout(() => proxy.cut(), 100);
        return result;
      }),
    );
    expect(failure).toBeInstanceOf(CommitUnknownError);
    expect(performance.now() - beganAtMs).toBeLessThan(1_200);
    // It ends all the same, and the key has its answer.
    await sleep(1_200);
    expect(await run()).toMatchObject({ status: 201, replayed: true });
    expect(await effect()).toBe(1);
  });
});
