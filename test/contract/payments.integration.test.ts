import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from '@jest/globals';
import { eventually } from './eventually.ts';
import { outcome, problem } from './problem.ts';
import {
  admit,
  askPayment,
  balance,
  charge,
  createPerformance,
  hold,
  holdStatus,
  newKey,
  readList,
  release,
  type Scene,
  seatAt,
  tally,
} from './scene.ts';
import { entryShape, paymentShape, read, reservationShape } from './shapes.ts';
import { openWorld } from './world.ts';

const world = await openWorld();
afterAll(() => world.close());

/** An admitted user with so many points. */
async function customer(scene: Scene, points: number) {
  const user = await world.newUser();
  await admit(world, user, scene.performanceId);
  if (points > 0) await charge(world, user, points);
  return user;
}

test('a payment takes the points, makes the reservation and is an entry', async () => {
  const scene = await createPerformance(world);
  const user = await customer(scene, 1000);
  const seatIds = [seatAt(scene, 0), seatAt(scene, 4)];
  const held = await hold(world, user, scene, seatIds);
  const paid = read(await askPayment(world, user, held.holdId), 201, paymentShape);
  expect(paid.seatIds.toSorted()).toEqual(seatIds.toSorted());
  expect(paid).toMatchObject({ amount: 200, balance: 800 });
  expect(await balance(world, user)).toBe(800);
  expect(await holdStatus(world, user, held.holdId)).toBe('paid');
  const [entry] = await readList(world, user.token, '/wallet/entries', entryShape);
  expect(entry).toMatchObject({
    kind: 'payment',
    amount: -200,
    balanceAfter: 800,
    referenceId: paid.paymentId,
  });
});

test('what cannot be a hold is 422, what is none of one’s own 404', async () => {
  const user = await world.newUser();
  for (const holdId of [
    '',
    'a b',
    'a'.repeat(65),
    'a/b',
    '\u0000',
    '\ud800',
    '좌석',
    '%00',
    5,
    null,
    true,
    [],
    ['a'],
    {},
  ]) {
    expect([holdId, problem(await askPayment(world, user, holdId))]).toEqual([holdId, '422 invalid-request']);
  }
  for (const json of [{}, { holdId: 'a', amount: 1 }, { hold: 'a' }]) {
    const answer = await world.send({ path: '/payments', token: user.token, key: newKey(), json });
    expect([json, problem(answer)]).toEqual([json, '422 invalid-request']);
  }
  for (const holdId of ['nothing', 'a'.repeat(64), '..', '-', '__proto__', 'constructor']) {
    expect([holdId, problem(await askPayment(world, user, holdId))]).toEqual([holdId, '404 not-found']);
  }
});

test('too few points: 402 with what there is and what it takes, and nothing changes', async () => {
  const scene = await createPerformance(world);
  const user = await customer(scene, 99);
  const held = await hold(world, user, scene, [seatAt(scene, 0)]);
  const refused = await askPayment(world, user, held.holdId);
  expect(problem(refused)).toBe('402 insufficient-points');
  expect(refused.json).toMatchObject({ balance: 99, amount: 100 });
  expect(await balance(world, user)).toBe(99);
  expect(await holdStatus(world, user, held.holdId)).toBe('held');
  await charge(world, user, 1);
  expect(read(await askPayment(world, user, held.holdId), 201, paymentShape).balance).toBe(0);
});

test('one who never charged has 0 points', async () => {
  const scene = await createPerformance(world);
  const user = await customer(scene, 0);
  const held = await hold(world, user, scene, [seatAt(scene, 0)]);
  const refused = await askPayment(world, user, held.holdId);
  expect([problem(refused), refused.json]).toEqual([
    '402 insufficient-points',
    expect.objectContaining({ balance: 0, amount: 100 }),
  ]);
});

test('a seat for nothing can be had by one with nothing', async () => {
  const scene = await createPerformance(world, { seats: { price: 0 } });
  const user = await customer(scene, 0);
  const held = await hold(world, user, scene, [seatAt(scene, 0)]);
  expect(held.amount).toBe(0);
  const paid = read(await askPayment(world, user, held.holdId), 201, paymentShape);
  expect(paid).toMatchObject({ amount: 0, balance: 0 });
});

test('a hold that has ended cannot be paid, and the answer says how it ended', async () => {
  const scene = await createPerformance(world, { holdSeconds: 2 });
  const user = await customer(scene, 1000);
  const released = await hold(world, user, scene, [seatAt(scene, 0)]);
  await release(world, user, released.holdId);
  expect(problem(await askPayment(world, user, released.holdId))).toBe('409 hold-released');
  const paid = await hold(world, user, scene, [seatAt(scene, 1)]);
  expect((await askPayment(world, user, paid.holdId)).status).toBe(201);
  expect(problem(await askPayment(world, user, paid.holdId))).toBe('409 hold-paid');
  await admit(world, user, scene.performanceId);
  const expired = await hold(world, user, scene, [seatAt(scene, 2)]);
  await eventually('the expiry', 6000, async () =>
    (await holdStatus(world, user, expired.holdId)) === 'expired' ? true : undefined,
  );
  expect(problem(await askPayment(world, user, expired.holdId))).toBe('409 hold-expired');
  expect(await balance(world, user)).toBe(900);
});

test('a hold is payable until it expires, and then no more', async () => {
  const scene = await createPerformance(world, { holdSeconds: 2 });
  for (const [n, sendAtMs] of [-250, -100, -30, 0, 30].entries()) {
    const user = await customer(scene, 1000);
    const held = await hold(world, user, scene, [seatAt(scene, n)]);
    const expiresAtMs = Date.parse(held.expiresAt);
    await sleep(expiresAtMs + sendAtMs - Date.now());
    const sent = Date.now();
    const said = outcome(await askPayment(world, user, held.holdId));
    const answered = Date.now();
    const right = [
      ...(sent < expiresAtMs ? ['201'] : []),
      ...(answered >= expiresAtMs ? ['409 hold-expired'] : []),
    ];
    expect(right).toContain(said);
  }
});

test('ten payments of one hold at once, ten keys: one succeeds', async () => {
  const scene = await createPerformance(world);
  const user = await customer(scene, 10_000);
  const held = await hold(world, user, scene, [seatAt(scene, 0)]);
  const answers = await Promise.all(Array.from({ length: 10 }, () => askPayment(world, user, held.holdId)));
  expect(tally(answers.map(outcome))).toEqual({
    '201': 1,
    '409 hold-paid': 9,
  });
  expect(await balance(world, user)).toBe(9900);
  expect(await readList(world, user.token, '/reservations', reservationShape)).toHaveLength(1);
});

test('ten payments of one hold at once, one key: one payment, and one answer', async () => {
  const scene = await createPerformance(world);
  const user = await customer(scene, 10_000);
  const held = await hold(world, user, scene, [seatAt(scene, 0)]);
  const key = newKey();
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => askPayment(world, user, held.holdId, key)),
  );
  const done = answers.filter((answer) => answer.status === 201);
  expect(new Set(done.map((answer) => answer.text)).size).toBe(1);
  expect(['201', '409 request-in-progress']).toEqual(expect.arrayContaining(answers.map(outcome)));
  expect(await balance(world, user)).toBe(9900);
});

test('points for one of five holds, all paid at once: one succeeds, the balance never goes below 0', async () => {
  const scene = await createPerformance(world);
  const user = await customer(scene, 150);
  const holds = await Promise.all([0, 1, 2, 3, 4].map((n) => hold(world, user, scene, [seatAt(scene, n)])));
  const answers = await Promise.all(holds.map((held) => askPayment(world, user, held.holdId)));
  expect(tally(answers.map(outcome))).toEqual({
    '201': 1,
    '402 insufficient-points': 4,
  });
  expect(await balance(world, user)).toBe(50);
});

test('payment and release at once: one of them has it', async () => {
  const scene = await createPerformance(world);
  const user = await customer(scene, 10_000);
  const holds = await Promise.all(scene.seatIds.map((seatId) => hold(world, user, scene, [seatId])));
  const outcomes = await Promise.all(
    holds.map(async ({ holdId }) => {
      const [paid, released] = await Promise.all([
        askPayment(world, user, holdId),
        release(world, user, holdId),
      ]);
      const status = await holdStatus(world, user, holdId);
      const said = [paid, released].map((answer) => (answer.status < 300 ? answer.status : problem(answer)));
      return `${said.join(' / ')}: ${status}`;
    }),
  );
  for (const line of outcomes) {
    expect(['201 / 409 hold-paid: paid', '409 hold-released / 204: released']).toContain(line);
  }
  const paid = outcomes.filter((line) => line.startsWith('201')).length;
  expect(await balance(world, user)).toBe(10_000 - 100 * paid);
});

test('charges and payments at once: the entries add up', async () => {
  const scene = await createPerformance(world);
  const user = await customer(scene, 1000);
  const holds = await Promise.all(
    scene.seatIds.slice(0, 6).map((seatId) => hold(world, user, scene, [seatId])),
  );
  await Promise.all([
    ...holds.map(async ({ holdId }) => expect((await askPayment(world, user, holdId)).status).toBe(201)),
    ...[1, 2, 3, 4].map((amount) => charge(world, user, amount)),
  ]);
  expect(await balance(world, user)).toBe(410);
  const entries = await readList(world, user.token, '/wallet/entries', entryShape);
  let after = 0;
  for (const entry of entries.toReversed()) {
    after += entry.amount;
    expect(entry.balanceAfter).toBe(after);
  }
  expect([entries.length, after]).toEqual([11, 410]);
});
