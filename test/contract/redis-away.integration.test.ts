import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { eventually } from './eventually.ts';
import { openFaultyWorld } from './faulty-world.ts';
import { expectToGoOn, expectUnavailable, outages, restore } from './outage.ts';
import { askRequest, decided, request } from './requests.ts';
import {
  admit,
  askHold,
  askPayment,
  balance,
  buy,
  charge,
  createPerformance,
  hold,
  holdStatus,
  insider,
  newKey,
  performanceBody,
  release,
  seatAt,
} from './scene.ts';
import { acceptedShape, followedHoldShape, healthShape, holdShape, paymentShape, read } from './shapes.ts';

const world = await openFaultyWorld();
afterAll(() => world.close());
afterEach(() => restore(world, world.redis));

/** An on-sale in full run: one who holds and has paid before, one who waits to hold. */
async function onSale() {
  // Admission pauses as long as a heartbeat after a loss.
  const scene = await createPerformance(world, { waitingRoom: { heartbeatSeconds: 5 } });
  const { user, payment } = await buy(world, scene, [seatAt(scene, 0)]);
  await admit(world, user, scene.performanceId);
  const [paying, releasing] = [
    await hold(world, user, scene, [seatAt(scene, 1)]),
    await hold(world, user, scene, [seatAt(scene, 2)]),
  ];
  const newcomer = await world.newUser();
  return { scene, user, payment, paying, releasing, newcomer };
}

describe.each(outages)('Redis away: $kind', (outage) => {
  test('queue and new holds are told 503 in time; it ends as if nothing had been', async () => {
    const { scene, user, newcomer } = await onSale();
    const queue = `/performances/${scene.performanceId}/queue`;
    const seatIds = [seatAt(scene, 5)];
    await world.redis.set(outage);
    for (let round = 0; round < 2; round += 1) {
      await expectUnavailable(world, [
        { method: 'POST', path: queue, token: newcomer.token },
        { path: `${queue}/me`, token: user.token },
        { method: 'DELETE', path: `${queue}/me`, token: newcomer.token },
        { path: `/performances/${scene.performanceId}/holds`, token: user.token, json: { seatIds } },
      ]);
    }
    await restore(world, world.redis);
    const other = await world.newUser();
    await admit(world, other, scene.performanceId);
    const taken = await eventually('the seat is free for another', 5000, async () => {
      const answer = await askHold(world, other, scene.performanceId, seatIds);
      return answer.status === 201 ? answer : undefined;
    });
    expect(read(taken, 201, holdShape).seatIds).toEqual(seatIds);
  });

  test('a new request is told 503, one that was taken in is answered again; the same key then serves', async () => {
    const { scene, user } = await onSale();
    const [known, fresh] = [newKey(), newKey()];
    const first = await askRequest(world, user, scene, seatAt(scene, 5), known);
    const requestId = read(first, 202, acceptedShape).requestId;
    await world.redis.set(outage);
    const path = `/performances/${scene.performanceId}/reservation-requests`;
    const asking = { path, token: user.token, key: fresh, json: { seatId: seatAt(scene, 6) } };
    await expectUnavailable(world, [asking]);
    const following = { path: `/reservation-requests/${requestId}`, token: user.token };
    const again = { ...asking, key: known, json: { seatId: seatAt(scene, 5) } };
    const [replayed] = await expectToGoOn(world, [again, following], [200, 202]);
    expect([replayed?.status, replayed?.text]).toEqual([202, first.text]);
    expect((await decided(world, user, requestId)).status).toBe('held');
    await restore(world, world.redis);
    const other = await insider(world, scene);
    const refused = await askHold(world, other, scene.performanceId, [seatAt(scene, 5)]);
    expect(refused.status).toBe(409);
    const served = await request(world, other, scene, seatAt(scene, 6));
    expect((await decided(world, other, served)).status).toBe('held');
  });

  test('the public queue is told 503 once what a cache may keep has gone stale', async () => {
    const { scene } = await onSale();
    await world.redis.set(outage);
    await sleep(1100);
    const told = await expectUnavailable(world, [{ path: `/performances/${scene.performanceId}/queue` }]);
    expect(told).toHaveLength(1);
  });

  test('holds that are, wallet, payments, cancellations and the other reads go on', async () => {
    const { scene, user, payment, paying, releasing, newcomer } = await onSale();
    await world.redis.set(outage);
    const { token } = user;
    await expectToGoOn(
      world,
      [
        { path: '/wallet', token },
        { path: '/wallet/entries', token },
        { path: '/reservations', token },
        { path: `/reservations/${payment.reservationId}`, token },
        { path: `/holds/${paying.holdId}`, token },
        { path: '/performances' },
        { path: `/performances/${scene.performanceId}` },
        { path: `/performances/${scene.performanceId}/seats` },
        { path: '/wallet/charges', token: newcomer.token, key: newKey(), json: { amount: 5 } },
        { path: '/payments', token, key: newKey(), json: { holdId: paying.holdId } },
        { method: 'DELETE', path: `/holds/${releasing.holdId}`, token },
        { method: 'DELETE', path: `/reservations/${payment.reservationId}`, token, key: newKey() },
        { path: '/performances', token: world.admin.token, json: performanceBody() },
      ],
      [200, 201, 204],
    );
    expect(await balance(world, newcomer)).toBe(5);
    expect(await holdStatus(world, user, paying.holdId)).toBe('paid');
    expect(await holdStatus(world, user, releasing.holdId)).toBe('released');
    await restore(world, world.redis);
    const other = await world.newUser();
    await admit(world, other, scene.performanceId);
    await hold(world, other, scene, [seatAt(scene, 2), seatAt(scene, 0)]);
    expect((await askHold(world, other, scene.performanceId, [seatAt(scene, 1)])).status).toBe(409);
  });

  test('a payment of one hold by ten keys is one payment without the lock, too', async () => {
    const { user, paying } = await onSale();
    const before = await balance(world, user);
    await world.redis.set(outage);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => askPayment(world, user, paying.holdId)),
    );
    const paid = answers.filter((answer) => answer.status === 201);
    expect(paid).toHaveLength(1);
    for (const answer of answers) expect([201, 409, 503]).toContain(answer.status);
    expect(await balance(world, user)).toBe(before - 100);
  });

  test('health says so within 2 s', async () => {
    await world.redis.set(outage);
    const answer = await world.send({ path: '/health' });
    expect(read(answer, 503, healthShape)).toMatchObject({ redis: 'down', postgres: 'up', kafka: 'up' });
    expect(answer.tookMs).toBeLessThan(2000);
    expect(answer.headers['cache-control']).toBe('no-store');
  });
});

test('a hold whose lock was taken but whose reply was lost: 503, then the same request is served', async () => {
  const { scene, user } = await onSale();
  const holds = { path: `/performances/${scene.performanceId}/holds`, token: user.token };
  const asks = [seatAt(scene, 6), seatAt(scene, 7)].map((seatId) => ({
    ...holds,
    json: { seatIds: [seatId] },
  }));
  await world.redis.set({ kind: 'lose-replies' });
  await expectUnavailable(world, asks);
  await restore(world, world.redis);
  const again = await world.send(asks[0] ?? holds);
  expect([again.status, again.text]).toEqual([201, again.text]);
  const other = await world.newUser();
  await admit(world, other, scene.performanceId);
  const left = await askHold(world, other, scene.performanceId, [seatAt(scene, 7)]);
  expect([left.status, left.text]).toEqual([201, left.text]);
});

test('charges and payments go on when Redis takes the lock and says nothing', async () => {
  const { user, paying } = await onSale();
  await world.redis.set({ kind: 'lose-replies' });
  const calls = [
    { path: '/wallet/charges', token: user.token, key: newKey(), json: { amount: 5 } },
    { path: '/payments', token: user.token, key: newKey(), json: { holdId: paying.holdId } },
  ];
  expect(await expectToGoOn(world, calls, [201])).toHaveLength(2);
});

test('a longer outage, asked into every half second, is over when it is over', async () => {
  const { scene, user } = await onSale();
  const holds = { path: `/performances/${scene.performanceId}/holds`, token: user.token };
  const ask = { ...holds, json: { seatIds: [seatAt(scene, 9)] } };
  await world.redis.set({ kind: 'refuse' });
  for (let round = 0; round < 16; round += 1) {
    await expectUnavailable(world, [ask]);
    await sleep(500);
  }
  await world.redis.set({ kind: 'none' });
  const answer = await eventually('holds are given again', 5000, async () => {
    const found = await world.send(ask);
    return found.status === 201 ? found : undefined;
  });
  expect(read(answer, 201, holdShape).seatIds).toEqual([seatAt(scene, 9)]);
});

test('a slow Redis is no Redis away', async () => {
  const { scene, user, paying } = await onSale();
  await world.redis.set({ kind: 'delay', delayMs: 50 });
  await hold(world, user, scene, [seatAt(scene, 8)]);
  expect(read(await askPayment(world, user, paying.holdId), 201, paymentShape).amount).toBe(100);
  await charge(world, user, 5);
});

test('a hold outlives the loss of Redis: it can be read, paid, and no other takes its seat', async () => {
  const { scene, user, paying, releasing } = await onSale();
  await world.flushRedis();
  const followed = await world.send({ path: `/holds/${paying.holdId}`, token: user.token });
  expect(read(followed, 200, followedHoldShape).status).toBe('held');
  const other = await world.newUser();
  await admit(world, other, scene.performanceId);
  expect((await askHold(world, other, scene.performanceId, [seatAt(scene, 1)])).status).toBe(409);
  expect((await askPayment(world, user, paying.holdId)).status).toBe(201);
  await release(world, user, releasing.holdId);
  const next = await hold(world, other, scene, [seatAt(scene, 2)]);
  expect(next.fence).toBeGreaterThan(releasing.fence);
});
