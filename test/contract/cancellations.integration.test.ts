import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from '@jest/globals';
import { eventually } from './eventually.ts';
import { outcome, problem } from './problem.ts';
import {
  askCancellation,
  balance,
  buy,
  charge,
  createPerformance,
  hold,
  insider,
  newKey,
  readList,
  seatAt,
  seatStatus,
  tally,
} from './scene.ts';
import { cancellationShape, entryShape, read, reservationShape } from './shapes.ts';
import { openWorld, type User } from './world.ts';

const world = await openWorld();
afterAll(() => world.close());

const readReservation = async (user: User, reservationId: string) =>
  read(
    await world.send({ path: `/reservations/${reservationId}`, token: user.token }),
    200,
    reservationShape,
  );

test('a cancellation gives the points back, is an entry, and shows', async () => {
  const scene = await createPerformance(world);
  const { user, payment } = await buy(world, scene, [seatAt(scene, 0), seatAt(scene, 4)]);
  const before = await balance(world, user);
  const { reservationId } = payment;
  const answer = await askCancellation(world, user, reservationId);
  expect(read(answer, 200, cancellationShape)).toEqual({
    reservationId,
    refunded: 200,
    balance: before + 200,
  });
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(await balance(world, user)).toBe(before + 200);
  const [entry] = await readList(world, user.token, '/wallet/entries', entryShape);
  expect(entry).toMatchObject({
    kind: 'refund',
    amount: 200,
    balanceAfter: before + 200,
    referenceId: payment.paymentId,
  });
  expect(await readReservation(user, reservationId)).toMatchObject({
    status: 'cancelled',
    amount: 200,
    seatIds: payment.seatIds,
  });
  const [listed] = await readList(world, user.token, '/reservations', reservationShape);
  expect(listed).toMatchObject({ reservationId, status: 'cancelled' });
});

test('the seats are free at once, and the map says so within seconds', async () => {
  const scene = await createPerformance(world);
  const seatIds = [seatAt(scene, 0), seatAt(scene, 1)];
  const { user, held, payment } = await buy(world, scene, seatIds);
  const next = await insider(world, scene);
  await eventually('the map knows of the sale', 10_000, async () =>
    (await seatStatus(world, scene, seatAt(scene, 0))) === 'sold' ? true : undefined,
  );
  expect((await askCancellation(world, user, payment.reservationId)).status).toBe(200);
  const [first, second] = [await hold(world, next, scene, [seatAt(scene, 0)]), seatAt(scene, 1)];
  expect(first.fence).toBeGreaterThan(held.fence);
  await eventually('the map knows of both', 10_000, async () =>
    (await seatStatus(world, scene, second)) === 'available' &&
    (await seatStatus(world, scene, seatAt(scene, 0))) === 'held'
      ? true
      : undefined,
  );
});

test('a cancelled reservation has no tickets, whatever had been issued', async () => {
  const scene = await createPerformance(world);
  const { user, payment } = await buy(world, scene, [seatAt(scene, 0)]);
  await eventually('the ticket', 10_000, async () =>
    (await readReservation(user, payment.reservationId)).tickets.length > 0 ? true : undefined,
  );
  expect((await askCancellation(world, user, payment.reservationId)).status).toBe(200);
  expect((await readReservation(user, payment.reservationId)).tickets).toEqual([]);
});

test('once: with its key it is the first answer again, with another already-cancelled', async () => {
  const scene = await createPerformance(world);
  const { user, payment } = await buy(world, scene, [seatAt(scene, 0)]);
  const other = await buy(world, scene, [seatAt(scene, 1)], user);
  const key = newKey();
  const first = await askCancellation(world, user, payment.reservationId, key);
  expect(first.status).toBe(200);
  await charge(world, user, 5);
  const replay = await askCancellation(world, user, payment.reservationId, key);
  expect([replay.status, replay.text, replay.headers['idempotency-replayed']]).toEqual([
    200,
    first.text,
    'true',
  ]);
  expect(problem(await askCancellation(world, user, other.payment.reservationId, key))).toBe(
    '422 idempotency-key-reused',
  );
  const second = newKey();
  const refused = await askCancellation(world, user, payment.reservationId, second);
  expect(problem(refused)).toBe('409 already-cancelled');
  const again = await askCancellation(world, user, payment.reservationId, second);
  expect([again.text, again.headers['idempotency-replayed']]).toEqual([refused.text, 'true']);
  const entries = await readList(world, user.token, '/wallet/entries', entryShape);
  expect(entries.filter(({ kind }) => kind === 'refund')).toHaveLength(1);
});

test('a key is needed; a body is not, and is not looked at', async () => {
  const scene = await createPerformance(world);
  const { user, payment } = await buy(world, scene, [seatAt(scene, 0)]);
  const call = { method: 'DELETE', path: `/reservations/${payment.reservationId}`, token: user.token };
  expect(problem(await world.send(call))).toBe('400 idempotency-key-missing');
  expect(problem(await world.send({ ...call, key: '' }))).toBe('400 idempotency-key-invalid');
  expect((await readReservation(user, payment.reservationId)).status).toBe('confirmed');
  const headers = { 'content-type': 'text/plain' };
  const key = newKey();
  const answer = await world.send({ ...call, key, raw: '{', headers });
  expect(answer.status).toBe(200);
  expect((await world.send({ ...call, key })).text).toBe(answer.text);
});

test('another’s is not there, and a key that met a 404 is unused', async () => {
  const scene = await createPerformance(world);
  const { user, payment } = await buy(world, scene, [seatAt(scene, 0)]);
  for (const stranger of [await world.newUser(), world.admin]) {
    expect(problem(await askCancellation(world, stranger, payment.reservationId))).toBe('404 not-found');
  }
  const key = newKey();
  for (const id of ['nothing', 'a'.repeat(64), 'a'.repeat(65), '%00']) {
    expect([id, problem(await askCancellation(world, user, id, key))]).toEqual([id, '404 not-found']);
  }
  const answer = await askCancellation(world, user, payment.reservationId, key);
  expect([answer.status, answer.headers['idempotency-replayed']]).toEqual([200, undefined]);
});

test('until the performance begins, and then no more', async () => {
  const startsAtMs = Date.now() + 4_000;
  const startsAt = new Date(startsAtMs).toISOString();
  const scene = await createPerformance(world, {
    startsAt,
    opensAt: new Date(startsAtMs - 5_000).toISOString(),
  });
  const early = await buy(world, scene, [seatAt(scene, 0)]);
  const late = await buy(world, scene, [seatAt(scene, 1)]);
  expect((await askCancellation(world, early.user, early.payment.reservationId)).status).toBe(200);
  expect(Date.now()).toBeLessThan(startsAtMs);
  await sleep(startsAtMs + 50 - Date.now());
  const key = newKey();
  const refused = await askCancellation(world, late.user, late.payment.reservationId, key);
  expect(problem(refused)).toBe('409 performance-started');
  const replay = await askCancellation(world, late.user, late.payment.reservationId, key);
  expect([replay.text, replay.headers['idempotency-replayed']]).toEqual([refused.text, 'true']);
  expect((await readReservation(late.user, late.payment.reservationId)).status).toBe('confirmed');
  expect(problem(await askCancellation(world, early.user, early.payment.reservationId))).toBe(
    '409 already-cancelled',
  );
});

test('ten at once, ten keys: one refund', async () => {
  const scene = await createPerformance(world);
  const { user, payment } = await buy(world, scene, [seatAt(scene, 0)]);
  const before = await balance(world, user);
  const ask = () => askCancellation(world, user, payment.reservationId);
  const answers = await Promise.all(Array.from({ length: 10 }, ask));
  expect(tally(answers.map(outcome))).toEqual({ '200': 1, '409 already-cancelled': 9 });
  expect(await balance(world, user)).toBe(before + 100);
});

test('ten at once, one key: one refund, and every answer is that of the first or says to wait', async () => {
  const scene = await createPerformance(world);
  const { user, payment } = await buy(world, scene, [seatAt(scene, 0)]);
  const before = await balance(world, user);
  const key = newKey();
  const ask = () => askCancellation(world, user, payment.reservationId, key);
  const answers = await Promise.all(Array.from({ length: 10 }, ask));
  const done = answers.filter((answer) => answer.status === 200);
  expect(new Set(done.map((answer) => answer.text)).size).toBe(1);
  expect(['200', '409 request-in-progress']).toEqual(expect.arrayContaining(answers.map(outcome)));
  expect(await balance(world, user)).toBe(before + 100);
});

test('refunds and charges at once: the entries add up', async () => {
  const scene = await createPerformance(world);
  const { user, payment } = await buy(world, scene, [seatAt(scene, 0)]);
  const other = await buy(world, scene, [seatAt(scene, 1)], user);
  await Promise.all([
    ...[payment, other.payment].map(async ({ reservationId }) =>
      expect((await askCancellation(world, user, reservationId)).status).toBe(200),
    ),
    ...[1, 2, 3].map((amount) => charge(world, user, amount)),
  ]);
  expect(await balance(world, user)).toBe(2_000_006);
  let after = 0;
  for (const entry of (await readList(world, user.token, '/wallet/entries', entryShape)).toReversed()) {
    after += entry.amount;
    expect(entry.balanceAfter).toBe(after);
  }
  expect(after).toBe(2_000_006);
});

test('a seat for nothing is given back for nothing, and may be bought again', async () => {
  const scene = await createPerformance(world, { seats: { price: 0 } });
  const { user, payment } = await buy(world, scene, [seatAt(scene, 0)]);
  const answer = read(await askCancellation(world, user, payment.reservationId), 200, cancellationShape);
  expect(answer).toMatchObject({ refunded: 0, balance: 1_000_000 });
  const again = await buy(world, scene, [seatAt(scene, 0)]);
  expect(again.payment.reservationId).not.toBe(payment.reservationId);
});
