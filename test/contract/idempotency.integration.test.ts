import { afterAll, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { eventually } from './eventually.ts';
import type { Answer } from './http.ts';
import { problem } from './problem.ts';
import {
  admit,
  askCharge,
  askPayment,
  balance,
  charge,
  createPerformance,
  hold,
  newKey,
  readList,
  release,
  seatAt,
  tally,
} from './scene.ts';
import { chargeShape, entryShape, paymentShape, read } from './shapes.ts';
import { openWorld } from './world.ts';

const world = await openWorld();
afterAll(() => world.close());

const replayed = (answer: Answer) => answer.headers['idempotency-replayed'];

/** Asserts that the second answer is the first again, to the byte, and says so. */
function expectReplay(first: Answer, second: Answer): void {
  expect(replayed(first)).toBeUndefined();
  expect([second.status, second.text]).toEqual([first.status, first.text]);
  expect(replayed(second)).toBe('true');
  expect(second.headers['content-type']).toBe(first.headers['content-type']);
}

test('without a key: 400, and nothing happens', async () => {
  const user = await world.newUser();
  const json = { amount: 5 };
  expect(problem(await world.send({ path: '/wallet/charges', token: user.token, json }))).toBe(
    '400 idempotency-key-missing',
  );
  const payment = await world.send({ path: '/payments', token: user.token, json: { holdId: 'nothing' } });
  expect(problem(payment)).toBe('400 idempotency-key-missing');
  expect(await balance(world, user)).toBe(0);
});

test.each([
  ['empty', ''],
  ['256 characters', 'k'.repeat(256)],
  ['5,000 characters', 'k'.repeat(5000)],
  ['beyond ASCII', 'clé'],
  ['Latin-1 control', 'a\u0085b'],
  ['a tab inside', 'a\tb'],
])('a key that is none, %s: 400', async (_name, key) => {
  const user = await world.newUser();
  expect(problem(await askCharge(world, user, 5, key))).toBe('400 idempotency-key-invalid');
  expect(await balance(world, user)).toBe(0);
});

test.each([
  'k',
  'k'.repeat(255),
  '"8e03978e-40d5-43dd-bc93-6894a57f9324"',
  "!#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
  '__proto__',
  '%00',
  "'; DROP TABLE wallets; --",
])('the key %j is one', async (key) => {
  const user = await world.newUser();
  const first = await askCharge(world, user, 5, key);
  expect(first.status).toBe(201);
  expectReplay(first, await askCharge(world, user, 5, key));
  expect(await balance(world, user)).toBe(5);
});

test('the same charge again is the first answer again, whatever came between', async () => {
  const user = await world.newUser();
  const key = newKey();
  const first = await askCharge(world, user, 100, key);
  await charge(world, user, 50);
  for (let n = 0; n < 3; n += 1) expectReplay(first, await askCharge(world, user, 100, key));
  expect(await balance(world, user)).toBe(150);
  expect(await readList(world, user.token, '/wallet/entries', entryShape)).toHaveLength(2);
});

test('the same key with another request: 422, and the first stays', async () => {
  const user = await world.newUser();
  const key = newKey();
  const first = await askCharge(world, user, 100, key);
  expect(problem(await askCharge(world, user, 101, key))).toBe('422 idempotency-key-reused');
  expectReplay(first, await askCharge(world, user, 100, key));
  expect(problem(await askCharge(world, user, 0, key))).toBe('422 invalid-request');
  expect(await balance(world, user)).toBe(100);
});

test('a key belongs to a user and an operation, and is told apart to the letter', async () => {
  const [a, b] = [await world.newUser(), await world.newUser()];
  const key = `Key-${newKey()}`;
  for (const answer of [
    await askCharge(world, a, 500, key),
    await askCharge(world, b, 700, key),
    await askCharge(world, a, 300, key.toUpperCase()),
  ]) {
    expect([answer.status, replayed(answer)]).toEqual([201, undefined]);
  }
  const scene = await createPerformance(world);
  await admit(world, a, scene.performanceId);
  const held = await hold(world, a, scene, [seatAt(scene, 0)]);
  const paid = await askPayment(world, a, held.holdId, key);
  expect([paid.status, replayed(paid)]).toEqual([201, undefined]);
  expect([await balance(world, a), await balance(world, b)]).toEqual([700, 700]);
});

test('twenty at once with one key: one effect, and every answer is that of the first or says to wait', async () => {
  const user = await world.newUser();
  const key = newKey();
  const answers = await Promise.all(Array.from({ length: 20 }, () => askCharge(world, user, 10, key)));
  const done = answers.filter((answer) => answer.status === 201);
  const waiting = answers.filter((answer) => answer.status !== 201);
  expect(new Set(waiting.map(problem))).toEqual(
    new Set(waiting.length > 0 ? ['409 request-in-progress'] : []),
  );
  expect(new Set(done.map((answer) => answer.text)).size).toBe(1);
  expect(done.filter((answer) => replayed(answer) === undefined)).toHaveLength(1);
  expect(await balance(world, user)).toBe(10);
  expect(await readList(world, user.token, '/wallet/entries', entryShape)).toHaveLength(1);
});

test('at once with one key but other amounts: one is charged', async () => {
  const user = await world.newUser();
  const key = newKey();
  const answers = await Promise.all([1, 2, 3, 4, 5].map((amount) => askCharge(world, user, amount, key)));
  const done = answers.filter((answer) => answer.status === 201);
  expect(done).toHaveLength(1);
  const others = answers.filter((answer) => answer.status !== 201).map(problem);
  for (const line of others)
    expect(['422 idempotency-key-reused', '409 request-in-progress']).toContain(line);
  const [only] = done;
  if (only === undefined) throw new Error('nothing was charged');
  expect(await balance(world, user)).toBe(read(only, 201, chargeShape).amount);
});

test('a request that was given up and is sent again happens once', async () => {
  const user = await world.newUser();
  const keys = Array.from({ length: 10 }, newKey);
  await Promise.all(
    keys.map(async (key, n) => {
      const call = { path: '/wallet/charges', token: user.token, key, json: { amount: 7 } };
      // The abort may come before, during or after the work; each is as good.
      await world.send({ ...call, signal: AbortSignal.timeout(1 + n * 3) }).catch(() => undefined);
      await eventually('the repeated charge', 10_000, async () => {
        const answer = await world.send(call);
        return answer.status === 201 ? true : undefined;
      });
    }),
  );
  expect(await balance(world, user)).toBe(70);
});

test('a refused payment, 402, is stored: money that comes later needs a new key', async () => {
  const scene = await createPerformance(world);
  const user = await world.newUser();
  await admit(world, user, scene.performanceId);
  const held = await hold(world, user, scene, [seatAt(scene, 0)]);
  const key = newKey();
  const refused = await askPayment(world, user, held.holdId, key);
  expect(problem(refused)).toBe('402 insufficient-points');
  await charge(world, user, 100);
  expectReplay(refused, await askPayment(world, user, held.holdId, key));
  const paid = await askPayment(world, user, held.holdId);
  expect(paid.status).toBe(201);
});

test('the state of things, 409, is stored', async () => {
  const scene = await createPerformance(world);
  const user = await world.newUser();
  await admit(world, user, scene.performanceId);
  await charge(world, user, 1000);
  const held = await hold(world, user, scene, [seatAt(scene, 0)]);
  await release(world, user, held.holdId);
  const key = newKey();
  const refused = await askPayment(world, user, held.holdId, key);
  expect(problem(refused)).toBe('409 hold-released');
  expectReplay(refused, await askPayment(world, user, held.holdId, key));
  const other = await hold(world, user, scene, [seatAt(scene, 0)]);
  expect(problem(await askPayment(world, user, other.holdId, key))).toBe('422 idempotency-key-reused');
  const paid = await askPayment(world, user, other.holdId);
  const again = newKey();
  expect(problem(await askPayment(world, user, other.holdId, again))).toBe('409 hold-paid');
  expect(read(paid, 201, paymentShape).balance).toBe(900);
  expect(tally([(await askPayment(world, user, other.holdId, again)).status])).toEqual({ 409: 1 });
});

test('400, 404 and 422 leave the key unused', async () => {
  const scene = await createPerformance(world);
  const user = await world.newUser();
  const key = newKey();
  const call = { path: '/wallet/charges', token: user.token, key };
  const headers = { 'content-type': 'application/json' };
  expect(problem(await world.send({ ...call, raw: '{', headers }))).toBe('400 malformed-request');
  expect(problem(await world.send({ ...call, json: { amount: 0 } }))).toBe('422 invalid-request');
  expect(problem(await world.send({ ...call, json: { amount: 1, more: 1 } }))).toBe('422 invalid-request');
  const charged = await world.send({ ...call, json: { amount: 1000 } });
  expect([charged.status, replayed(charged)]).toEqual([201, undefined]);

  await admit(world, user, scene.performanceId);
  const held = await hold(world, user, scene, [seatAt(scene, 0)]);
  const paymentKey = newKey();
  expect(problem(await askPayment(world, user, 'nothing', paymentKey))).toBe('404 not-found');
  const paid = await askPayment(world, user, held.holdId, paymentKey);
  expect([paid.status, replayed(paid)]).toEqual([201, undefined]);
  expectReplay(paid, await askPayment(world, user, held.holdId, paymentKey));
});

test('a charge above what a wallet can hold, 422, leaves the key unused', async () => {
  const user = await world.newUser();
  const database = new Client({ connectionString: world.app.databaseUrl });
  await database.connect();
  try {
    // A trillion points cannot be charged in a test's time.
    await database.query('INSERT INTO wallets (user_id, balance) VALUES ($1, 999999999990)', [user.id]);
    await database.query(
      `INSERT INTO ledger_entries (transfer_id, account, user_id, kind, amount, balance_after, reference_id)
       VALUES ($1, 'wallet', $1, 'charge', 999999999990, 999999999990, $1),
              ($1, 'issued', NULL, 'charge', -999999999990, NULL, $1)`,
      [user.id],
    );
  } finally {
    await database.end();
  }
  const key = newKey();
  expect(problem(await askCharge(world, user, 11, key))).toBe('422 balance-limit');
  expect(await balance(world, user)).toBe(999_999_999_990);
  const charged = await askCharge(world, user, 10, key);
  expect([charged.status, replayed(charged)]).toEqual([201, undefined]);
  expect(read(charged, 201, chargeShape).balance).toBe(1_000_000_000_000);
  expect(problem(await askCharge(world, user, 1))).toBe('422 balance-limit');
});
