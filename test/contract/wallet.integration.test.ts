import { afterAll, expect, test } from '@jest/globals';
import { problem } from './problem.ts';
import { askCharge, balance, charge, newKey, readList } from './scene.ts';
import { chargeShape, entryShape, read } from './shapes.ts';
import { openWorld } from './world.ts';

const world = await openWorld();
afterAll(() => world.close());

test('a new user has nothing', async () => {
  const user = await world.newUser();
  expect(await balance(world, user)).toBe(0);
  expect(await readList(world, user.token, '/wallet/entries', entryShape)).toEqual([]);
});

test('a charge adds to the balance and is an entry', async () => {
  const [user, other] = [await world.newUser(), await world.newUser()];
  const first = read(await askCharge(world, user, 500), 201, chargeShape);
  expect(first).toMatchObject({ amount: 500, balance: 500 });
  const second = await charge(world, user, 1);
  expect(second).toMatchObject({ amount: 1, balance: 501 });
  expect(await balance(world, user)).toBe(501);
  expect(await balance(world, other)).toBe(0);
  const entries = await readList(world, user.token, '/wallet/entries', entryShape);
  expect(entries).toMatchObject([
    { kind: 'charge', amount: 1, balanceAfter: 501, referenceId: second.chargeId },
    { kind: 'charge', amount: 500, balanceAfter: 500, referenceId: first.chargeId },
  ]);
  expect(new Set(entries.map((entry) => entry.entryId)).size).toBe(2);
  expect(await readList(world, other.token, '/wallet/entries', entryShape)).toEqual([]);
});

test('from 1 to 10,000,000 at a time, in whole points', async () => {
  const user = await world.newUser();
  expect((await charge(world, user, 1)).balance).toBe(1);
  expect((await charge(world, user, 10_000_000)).balance).toBe(10_000_001);
  for (const amount of [
    0,
    -1,
    10_000_001,
    1.5,
    0.1,
    2 ** 31,
    2 ** 53,
    2 ** 63,
    1e308,
    '5',
    '',
    null,
    true,
    [],
    [5],
    {},
  ]) {
    expect([amount, problem(await askCharge(world, user, amount))]).toEqual([amount, '422 invalid-request']);
  }
  for (const raw of [
    '{"amount":1e400}',
    '{"amount":-0.0}',
    '{"amount":0.9999999999999999}',
    '{"amount":1,"userId":"x"}',
    '{"amount":123456789012345678901234567890}',
  ]) {
    const headers = { 'content-type': 'application/json' };
    const answer = await world.send({
      path: '/wallet/charges',
      token: user.token,
      key: newKey(),
      raw,
      headers,
    });
    expect([raw, problem(answer)]).toEqual([raw, '422 invalid-request']);
  }
  expect(await balance(world, user)).toBe(10_000_001);
});

test('thirty charges at once: none is lost, and every balance was once true', async () => {
  const user = await world.newUser();
  const amounts = Array.from({ length: 30 }, (_, n) => 2 ** (n % 20));
  const charges = await Promise.all(amounts.map((amount) => charge(world, user, amount)));
  const total = amounts.reduce((sum, amount) => sum + amount, 0);
  expect(await balance(world, user)).toBe(total);
  const entries = await readList(world, user.token, '/wallet/entries', entryShape);
  let after = 0;
  for (const entry of entries.toReversed()) {
    after += entry.amount;
    expect(entry.balanceAfter).toBe(after);
    const { balance: answered } = charges.find(({ chargeId }) => chargeId === entry.referenceId) ?? {
      balance: -1,
    };
    expect(answered).toBe(after);
  }
  expect(entries).toHaveLength(30);
});
