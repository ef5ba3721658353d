import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { openFaultyWorld } from './faulty-world.ts';
import { expectToGoOn, expectUnavailable, outages, restore } from './outage.ts';
import { outcome } from './problem.ts';
import { decided } from './requests.ts';
import {
  admit,
  askCharge,
  balance,
  buy,
  charge,
  createPerformance,
  hold,
  newKey,
  performanceBody,
  poll,
  readList,
  seatAt,
} from './scene.ts';
import { acceptedShape, entryShape, healthShape, placeShape, read, reservationShape } from './shapes.ts';

const world = await openFaultyWorld();
afterAll(() => world.close());
afterEach(() => restore(world, world.postgres));

async function onSale() {
  const scene = await createPerformance(world);
  const { user, payment } = await buy(world, scene, [seatAt(scene, 0)]);
  await admit(world, user, scene.performanceId);
  const held = await hold(world, user, scene, [seatAt(scene, 1)]);
  return { scene, user, payment, held };
}

describe.each(outages)('Postgres away: $kind', (outage) => {
  test('the queue goes on', async () => {
    const { scene, user } = await onSale();
    const newcomer = await world.newUser();
    const queue = `/performances/${scene.performanceId}/queue`;
    await world.postgres.set(outage);
    const [entered] = await expectToGoOn(
      world,
      [{ method: 'POST', path: queue, token: newcomer.token }],
      [201],
    );
    expect(entered?.json).toEqual(expect.objectContaining({ ticket: 3 }));
    await expectToGoOn(world, [{ path: `${queue}/me`, token: user.token }, { path: queue }], [200]);
    await expectToGoOn(world, [{ method: 'DELETE', path: `${queue}/me`, token: user.token }], [204]);
    await restore(world, world.postgres);
    expect(read(await poll(world, newcomer, scene.performanceId), 200, placeShape).ticket).toBe(3);
  });

  test('the rest is told 503 in time, and leaves nothing', async () => {
    const { scene, user, payment, held } = await onSale();
    const { token } = user;
    const before = await balance(world, user);
    const charging = { path: '/wallet/charges', token, key: newKey(), json: { amount: 5 } };
    const paying = { path: '/payments', token, key: newKey(), json: { holdId: held.holdId } };
    const cancelling = {
      method: 'DELETE',
      path: `/reservations/${payment.reservationId}`,
      token,
      key: newKey(),
    };
    const holding = {
      path: `/performances/${scene.performanceId}/holds`,
      token,
      json: { seatIds: [seatAt(scene, 5)] },
    };
    const path = `/performances/${scene.performanceId}/reservation-requests`;
    const requesting = { path, token, key: newKey(), json: { seatId: seatAt(scene, 6) } };
    await world.postgres.set(outage);
    for (let round = 0; round < 2; round += 1) {
      await expectUnavailable(world, [
        charging,
        paying,
        cancelling,
        holding,
        requesting,
        { path: '/reservation-requests/nothing', token },
        { path: '/wallet', token },
        { path: '/wallet/entries', token },
        { path: '/reservations', token },
        { path: `/reservations/${payment.reservationId}`, token },
        { path: `/holds/${held.holdId}`, token },
        { method: 'DELETE', path: `/holds/${held.holdId}`, token },
        { path: '/performances', token: world.admin.token, json: performanceBody() },
      ]);
    }
    await restore(world, world.postgres);
    expect(await balance(world, user)).toBe(before);
    const { requestId } = read(await world.send(requesting), 202, acceptedShape);
    expect((await decided(world, user, requestId)).status).toBe('held');
    for (const call of [charging, holding, paying]) {
      const answer = await world.send(call);
      expect([call.path, answer.status, answer.headers['idempotency-replayed']]).toEqual([
        call.path,
        201,
        undefined,
      ]);
    }
    const cancelled = await world.send(cancelling);
    expect([cancelled.status, cancelled.headers['idempotency-replayed']]).toEqual([200, undefined]);
    expect(await balance(world, user)).toBe(before + 5 - 100 + 100);
    expect(await readList(world, token, '/reservations', reservationShape)).toHaveLength(2);
  });

  test('public reads come from a cache or are told 503, and bad input is still bad input', async () => {
    const { scene, user } = await onSale();
    const paths = ['', '/seats'].map((tail) => `/performances/${scene.performanceId}${tail}`);
    for (const path of paths) await world.send({ path });
    await world.postgres.set(outage);
    const reads = [...paths, '/performances'].map((path) => ({ path }));
    const answers = await expectToGoOn(world, reads, [200, 503]);
    expect(['200', '503 unavailable']).toEqual(expect.arrayContaining(answers.map(outcome)));
    const bad = [
      await world.send({ path: '/wallet' }),
      await askCharge(world, user, 0),
      await askCharge(world, user, 5, ''),
      await world.send({ path: '/performances', token: user.token, json: {} }),
    ];
    expect(bad.map((answer) => answer.status)).toEqual([401, 422, 400, 403]);
  });

  test('health says so within 2 s', async () => {
    await world.postgres.set(outage);
    const answer = await world.send({ path: '/health' });
    expect(read(answer, 503, healthShape)).toMatchObject({ redis: 'up', postgres: 'down', kafka: 'up' });
    expect(answer.tookMs).toBeLessThan(2000);
  });
});

test('a charge whose commit was answered to nobody is charged once', async () => {
  for (let round = 0; round < 3; round += 1) {
    const user = await world.newUser();
    const key = newKey();
    const lost = world.postgres.loseReplyTo(/commit/i);
    const first = await askCharge(world, user, 5, key);
    await lost;
    expect([201, 503]).toContain(first.status);
    const again = await askCharge(world, user, 5, key);
    expect(again.status).toBe(201);
    expect([again.text, first.status === 503]).toContain(first.status === 503 ? true : first.text);
    expect(await balance(world, user)).toBe(5);
    expect(await readList(world, user.token, '/wallet/entries', entryShape)).toHaveLength(1);
  }
});

test('a hold and a payment whose commit was answered to nobody end as if sent once', async () => {
  const { scene, user } = await onSale();
  const holding = {
    path: `/performances/${scene.performanceId}/holds`,
    token: user.token,
    json: { seatIds: [seatAt(scene, 6)] },
  };
  const lostHold = world.postgres.loseReplyTo(/commit/i);
  const first = await world.send(holding);
  await lostHold;
  expect([201, 503]).toContain(first.status);
  const again = await world.send(holding);
  expect([200, 201]).toContain(again.status);
  const { holdId } = JSON.parse(again.text);
  const before = await balance(world, user);
  const paying = { path: '/payments', token: user.token, key: newKey(), json: { holdId } };
  const lostPayment = world.postgres.loseReplyTo(/commit/i);
  expect([201, 503]).toContain((await world.send(paying)).status);
  await lostPayment;
  expect((await world.send(paying)).status).toBe(201);
  expect(await balance(world, user)).toBe(before - 100);
});

test('all connections cut at once: the next requests are served, or told to come again, and add up', async () => {
  const user = await world.newUser();
  await charge(world, user, 1);
  const keys = Array.from({ length: 20 }, newKey);
  const asked = Promise.all(keys.map((key) => askCharge(world, user, 10, key)));
  await new Promise((resolve) => setTimeout(resolve, 15));
  world.postgres.cut();
  for (const answer of await asked) expect([201, 503]).toContain(answer.status);
  await restore(world, world.postgres);
  for (const key of keys) expect((await askCharge(world, user, 10, key)).status).toBe(201);
  expect(await balance(world, user)).toBe(201);
});
