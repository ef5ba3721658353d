import { beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { Tx } from '../db/transaction.ts';
import { Problem } from '../errors.ts';
import type { UserId } from '../ids.ts';
import { newKey, newUser, points } from '../testing/people.ts';
import { failureOf, refusalOf } from '../testing/race.ts';
import { useScene } from '../testing/scene.ts';
import { readWallet } from '../wallet/read-wallet.ts';
import { purgeKeys } from './purge-keys.ts';
import { isRunning, type KeyedRequest, runOnce } from './run-once.ts';

const scene = useScene();
let user: UserId;
let request: KeyedRequest;

beforeEach(() => {
  user = newUser();
  request = { userId: user, operation: 'charge', key: newKey(), content: { amount: 1 }, requestId: 'r-1' };
});

/** Work with an effect that can be counted. */
async function addPoint(tx: Tx): Promise<{ balance: number }> {
  return tx
    .insertInto('wallets')
    .values({ user_id: user, balance: points(1) })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet({ balance: sql`wallets.balance + 1` }))
    .returning('balance')
    .executeTakeFirstOrThrow();
}

const run = (changes: Partial<KeyedRequest> = {}, work: (tx: Tx) => Promise<object> = addPoint) =>
  runOnce(scene.db, { ...request, ...changes }, {}, work);
const effect = async () => (await readWallet(scene.db, user)).balance;

/** Holds a first request open until it is let go. */
async function holdOpen(changes: Partial<KeyedRequest> = {}) {
  const begun = Promise.withResolvers<void>();
  const open = Promise.withResolvers<void>();
  const answer = run(changes, async (tx) => {
    const result = await addPoint(tx);
    begun.resolve();
    await open.promise;
    return result;
  });
  await begun.promise;
  return { answer, letGo: () => open.resolve(), fail: (reason: Error) => open.reject(reason) };
}

describe('the same request again', () => {
  test('gets the first answer to the byte, and has no effect', async () => {
    const first = await run({}, async (tx) => ({ ...(await addPoint(tx)), text: 'ü"\\\u2028', n: 0.1 }));
    expect(first).toMatchObject({ status: 201, replayed: false });
    for (let again = 0; again < 3; again++) {
      const replay = await run({ requestId: 'r-2' });
      expect(replay).toEqual({ status: 201, text: first.text, replayed: true });
    }
    expect(await effect()).toBe(1);
  });

  test('keeps the status that its operation has for success', async () => {
    expect(await run({ operation: 'cancellation' })).toMatchObject({ status: 200, replayed: false });
    expect(await run({ operation: 'cancellation' })).toMatchObject({ status: 200, replayed: true });
  });

  test('gets the first refusal to the byte, with the first request id', async () => {
    const refuse = () =>
      Promise.reject(new Problem('insufficient-points', 'Few.', { balance: 1, amount: 2 }));
    const first = await run({}, refuse);
    expect(first.status).toBe(402);
    expect(JSON.parse(first.text)).toMatchObject({ requestId: 'r-1', balance: 1, amount: 2 });
    expect(await run({ requestId: 'r-2' })).toEqual({ status: 402, text: first.text, replayed: true });
    expect(await effect()).toBe(0);
  });
});

describe('a key', () => {
  test('with another content is refused, and the first answer stays', async () => {
    const first = await run();
    const refusal = await refusalOf(run({ content: { amount: 2 } }));
    expect(refusal.slug).toBe('idempotency-key-reused');
    expect(await run()).toMatchObject({ text: first.text, replayed: true });
    expect(await effect()).toBe(1);
  });

  test('belongs to a user', async () => {
    await run();
    await expect(run({ userId: newUser() })).resolves.toMatchObject({ replayed: false });
  });

  test('belongs to an operation', async () => {
    await run();
    await expect(run({ operation: 'payment' })).resolves.toMatchObject({ replayed: false });
    await expect(run({ operation: 'cancellation' })).resolves.toMatchObject({ replayed: false });
  });

  test.each([' ', "'; DROP TABLE wallets; --", '%', 'x'.repeat(255), '"quoted"'])(
    'may be %j',
    async (key) => {
      await expect(run({ key })).resolves.toMatchObject({ replayed: false });
      await expect(run({ key })).resolves.toMatchObject({ replayed: true });
    },
  );

  test('is taken as it is written: no two are one', async () => {
    for (const key of ['k', 'K', ' k', 'k ', 'k k']) {
      await expect(run({ key })).resolves.toMatchObject({ replayed: false });
    }
    expect(await effect()).toBe(5);
  });
});

describe('while the first is running', () => {
  test('the second is told so at once, and gets the answer afterwards', async () => {
    const first = await holdOpen();
    const refusal = await refusalOf(run());
    expect(refusal.slug).toBe('request-in-progress');
    expect(await isRunning(scene.db, request)).toBe(true);
    first.letGo();
    const { text } = await first.answer;
    expect(await isRunning(scene.db, request)).toBe(false);
    expect(await run()).toEqual({ status: 201, text, replayed: true });
    expect(await effect()).toBe(1);
  });

  test('to ask whether it runs never makes it look so, however long the asking takes', async () => {
    for (const key of Array.from({ length: 20 }, newKey)) {
      const asked = { ...request, key };
      await scene.db.transaction().execute(async (tx) => {
        expect(await isRunning(tx, asked)).toBe(false);
        await expect(run({ key })).resolves.toMatchObject({ status: 201, replayed: false });
      });
    }
  });

  test('it is known by the whole of its key, whatever the signs of the halves of its hash', async () => {
    for (const key of Array.from({ length: 20 }, newKey)) {
      const first = await holdOpen({ key });
      expect(await isRunning(scene.db, { ...request, key })).toBe(true);
      expect(await isRunning(scene.db, { ...request, key: newKey() })).toBe(false);
      first.letGo();
      await first.answer;
    }
  });

  test('another key goes on', async () => {
    const first = await holdOpen();
    const other = run({ key: newKey() }, () => Promise.resolve({}));
    await expect(other).resolves.toMatchObject({ replayed: false });
    first.letGo();
    await first.answer;
  });

  test('the second does the work when the first comes to nothing', async () => {
    const first = await holdOpen();
    first.fail(new Error('crashed'));
    await failureOf(first.answer);
    await expect(run()).resolves.toMatchObject({ status: 201, replayed: false });
    expect(await effect()).toBe(1);
  });
});

describe('a refusal', () => {
  const refuseAfterEffect = (problem: Problem) => async (tx: Tx) => {
    await addPoint(tx);
    throw problem;
  };

  test.each([
    new Problem('already-cancelled', 'Cancelled.'),
    new Problem('performance-started', 'Begun.'),
    new Problem('hold-expired', 'Over.'),
    new Problem('hold-released', 'Given back.'),
    new Problem('hold-paid', 'Paid.'),
    new Problem('insufficient-points', 'Few.', { balance: 1, amount: 2 }),
  ])('that is kept undoes the work: $slug', async (problem) => {
    const first = await run({}, refuseAfterEffect(problem));
    expect(await effect()).toBe(0);
    expect(await run()).toEqual({ ...first, replayed: true });
    expect(await effect()).toBe(0);
  });

  test.each([
    new Problem('not-found', 'None.'),
    new Problem('balance-limit', 'Much.'),
    new Problem('unavailable', 'Later.'),
    new Error('a defect'),
  ])('that is not kept leaves the key unused: %p', async (reason) => {
    const attempt = run({}, async (tx) => {
      await addPoint(tx);
      throw reason;
    });
    expect(await failureOf(attempt)).toBe(reason);
    expect(await effect()).toBe(0);
    // For any request, since nothing is known of the first.
    await expect(run({ content: { amount: 2 } })).resolves.toMatchObject({ status: 201, replayed: false });
    expect(await effect()).toBe(1);
  });

  test('of Postgres itself leaves the key unused', async () => {
    await failureOf(run({}, (tx) => sql`SELECT 1 / 0`.execute(tx)));
    await expect(run()).resolves.toMatchObject({ replayed: false });
  });
});

test('keys last longer than the 24 hours that are promised, and not for ever', async () => {
  const ages = ['24 hours', '24 hours 59 minutes', '25 hours 1 minute', '30 days'];
  for (const age of ages) {
    await run({ key: age });
    await sql`UPDATE idempotency_keys SET created_at = now() - ${age}::interval
      WHERE user_id = ${user} AND key = ${age}`.execute(scene.db);
  }
  expect(await purgeKeys(scene.db)).toBe(2);
  expect(await purgeKeys(scene.db)).toBe(0);
  await expect(run({ key: '24 hours 59 minutes' })).resolves.toMatchObject({ replayed: true });
  await expect(run({ key: '30 days' })).resolves.toMatchObject({ replayed: false });
});
