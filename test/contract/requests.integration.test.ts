import { afterAll, describe, expect, test } from '@jest/globals';
import { eventually } from './eventually.ts';
import { pointers, problem } from './problem.ts';
import { askRequest, decided, readRequest, request } from './requests.ts';
import {
  admit,
  askHold,
  askPayment,
  charge,
  createPerformance,
  hold,
  holdStatus,
  insider,
  leave,
  newKey,
  release,
  seatAt,
  seatStatus,
} from './scene.ts';
import { acceptedShape, followedHoldShape, holdShape, paymentShape, read } from './shapes.ts';
import { readRecords } from './topic-records.ts';
import { openWorld } from './world.ts';

const world = await openWorld();
afterAll(() => world.close());

describe('a request', () => {
  test('is accepted at once, and held within seconds', async () => {
    const scene = await createPerformance(world);
    const user = await insider(world, scene);
    const answer = await askRequest(world, user, scene, seatAt(scene, 0));
    const { requestId } = read(answer, 202, acceptedShape);
    expect(answer.headers).toMatchObject({
      location: `/reservation-requests/${requestId}`,
      'content-type': expect.stringMatching(/^application\/json\b/),
      'cache-control': 'no-store',
    });
    const { status, seatId, holdId = '' } = await decided(world, user, requestId);
    expect([status, seatId]).toEqual(['held', seatAt(scene, 0)]);
    const held = await world.send({ path: `/holds/${holdId}`, token: user.token });
    expect(read(held, 200, followedHoldShape)).toMatchObject({
      status: 'held',
      seatIds: [seatAt(scene, 0)],
      amount: 100,
    });
    await eventually('the map shows it', 10_000, async () =>
      (await seatStatus(world, scene, seatAt(scene, 0))) === 'held' ? true : undefined,
    );
  });

  test('makes a hold that is paid and released as any other', async () => {
    const scene = await createPerformance(world);
    const user = await insider(world, scene);
    await charge(world, user, 100);
    const requested = await Promise.all([0, 1].map((n) => request(world, user, scene, seatAt(scene, n))));
    const [first, second] = await Promise.all(requested.map((id) => decided(world, user, id)));
    const given = await world.send({ path: `/holds/${second?.holdId}`, token: user.token });
    const { fence } = read(given, 200, followedHoldShape);
    expect((await release(world, user, second?.holdId ?? '')).status).toBe(204);
    expect(read(await askPayment(world, user, first?.holdId), 201, paymentShape).amount).toBe(100);
    const next = await hold(world, await insider(world, scene), scene, [seatAt(scene, 1)]);
    expect(next.fence).toBeGreaterThan(fence);
  });

  test('of a seat asks for a hold that one has: over HTTP it is that hold, through a request it is taken', async () => {
    const scene = await createPerformance(world);
    const user = await insider(world, scene);
    const { holdId } = await decided(world, user, await request(world, user, scene, seatAt(scene, 0)));
    const again = await askHold(world, user, scene.performanceId, [seatAt(scene, 0)]);
    expect(read(again, 200, holdShape).holdId).toBe(holdId);
    const own = await decided(world, user, await request(world, user, scene, seatAt(scene, 0)));
    expect(own).toMatchObject({ status: 'rejected', reason: 'seat-unavailable' });
    const other = await insider(world, scene);
    expect(problem(await askHold(world, other, scene.performanceId, [seatAt(scene, 0)]))).toBe(
      '409 seat-unavailable',
    );
  });

  test('above the limit is rejected', async () => {
    const scene = await createPerformance(world, { maxSeatsPerUser: 1 });
    const user = await insider(world, scene);
    await hold(world, user, scene, [seatAt(scene, 0)]);
    const { status, reason } = await decided(
      world,
      user,
      await request(world, user, scene, seatAt(scene, 1)),
    );
    expect([status, reason]).toEqual(['rejected', 'seat-limit']);
  });

  test('is decided though the admission is over by then, and repeated to the byte', async () => {
    const scene = await createPerformance(world);
    const user = await insider(world, scene);
    const key = newKey();
    const first = await askRequest(world, user, scene, seatAt(scene, 0), key);
    await leave(world, user, scene.performanceId);
    expect(problem(await askRequest(world, user, scene, seatAt(scene, 0)))).toBe('403 not-admitted');
    const again = await askRequest(world, user, scene, seatAt(scene, 0), key);
    expect([again.status, again.text, again.headers['idempotency-replayed']]).toEqual([
      202,
      first.text,
      'true',
    ]);
    expect(again.headers.location).toBe(first.headers.location);
    const { status } = await decided(world, user, read(first, 202, acceptedShape).requestId);
    expect(status).toBe('held');
  });
});

test('fifty people, one seat: the first record on its topic has it, and nobody else', async () => {
  const scene = await createPerformance(world);
  const users = await Promise.all(Array.from({ length: 50 }, () => insider(world, scene)));
  const asked = await Promise.all(
    users.map(async (user) => ({ user, requestId: await request(world, user, scene, seatAt(scene, 0)) })),
  );
  const found = await Promise.all(
    asked.map(({ user, requestId }) => decided(world, user, requestId, 30_000)),
  );
  const held = found.filter(({ status }) => status === 'held');
  expect(held).toHaveLength(1);
  for (const { status, reason } of found) if (status !== 'held') expect(reason).toBe('seat-unavailable');
  const records = await readRecords(world.app.kafkaBrokers, 'reservation-requests', seatAt(scene, 0), 50);
  expect(new Set(records.map(({ partition }) => partition)).size).toBe(1);
  expect(records[0]?.value).toContain(`"${held[0]?.requestId}"`);
}, 60_000);

test('requests and holds for the same seats at once: each seat has one holder', async () => {
  const scene = await createPerformance(world);
  const users = await Promise.all(Array.from({ length: 20 }, () => insider(world, scene)));
  const seatOf = (index: number) => seatAt(scene, index % 4);
  const [askers, holders] = [users.slice(0, 10), users.slice(10)];
  const [requests, holds] = await Promise.all([
    Promise.all(
      askers.map(async (user, index) =>
        decided(world, user, await request(world, user, scene, seatOf(index)), 30_000),
      ),
    ),
    Promise.all(holders.map((user, index) => askHold(world, user, scene.performanceId, [seatOf(index)]))),
  ]);
  const had = [
    ...requests.filter(({ status }) => status === 'held').map(({ seatId }) => seatId),
    ...holds
      .filter(({ status }) => status === 201)
      .map((answer) => read(answer, 201, holdShape).seatIds[0] ?? ''),
  ];
  expect(had.toSorted()).toEqual([0, 1, 2, 3].map(seatOf).toSorted());
}, 60_000);

describe('is refused', () => {
  test('without a key, with a bad one, and the other way round in the order of checks', async () => {
    const scene = await createPerformance(world);
    const user = await world.newUser();
    const path = `/performances/${scene.performanceId}/reservation-requests`;
    const send = (more: object) => world.send({ path, token: user.token, ...more });
    const json = { seatId: 'nothing' };
    expect(problem(await world.send({ path, json }))).toBe('401 unauthenticated');
    expect(problem(await send({ json }))).toBe('400 idempotency-key-missing');
    expect(problem(await send({ json, key: '' }))).toBe('400 idempotency-key-invalid');
    const key = newKey();
    expect(problem(await send({ key, json: {} }))).toBe('422 invalid-request');
    expect(problem(await send({ key, json: { seatId: seatAt(scene, 0), more: 1 } }))).toBe(
      '422 invalid-request',
    );
    const strange = await send({ key, json });
    expect([problem(strange), pointers(strange)]).toEqual(['422 invalid-request', ['#/seatId']]);
    const elsewhere = { performanceId: 'nothing' };
    expect(problem(await askRequest(world, user, elsewhere, seatAt(scene, 0), key))).toBe('404 not-found');
    expect(problem(await askRequest(world, user, scene, seatAt(scene, 0), key))).toBe('403 not-admitted');
    await admit(world, user, scene.performanceId);
    const accepted = await askRequest(world, user, scene, seatAt(scene, 0), key);
    expect([accepted.status, accepted.headers['idempotency-replayed']]).toEqual([202, undefined]);
    expect(problem(await askRequest(world, user, scene, seatAt(scene, 1), key))).toBe(
      '422 idempotency-key-reused',
    );
  });

  test('for a seat of another performance', async () => {
    const [scene, other] = [await createPerformance(world), await createPerformance(world)];
    const user = await insider(world, scene);
    const answer = await askRequest(world, user, scene, seatAt(other, 0));
    expect([problem(answer), pointers(answer)]).toEqual(['422 invalid-request', ['#/seatId']]);
  });

  test('to be shown to somebody else, as what is none: 404', async () => {
    const scene = await createPerformance(world);
    const user = await insider(world, scene);
    const requestId = await request(world, user, scene, seatAt(scene, 0));
    const stranger = await world.newUser();
    const path = `/reservation-requests/${requestId}`;
    expect(problem(await world.send({ path, token: stranger.token }))).toBe('404 not-found');
    expect(problem(await world.send({ path, token: world.admin.token }))).toBe('404 not-found');
    expect(problem(await world.send({ path }))).toBe('401 unauthenticated');
    expect((await readRequest(world, user, requestId)).requestId).toBe(requestId);
    const { holdId = '' } = await decided(world, user, requestId);
    expect(await holdStatus(world, user, holdId)).toBe('held');
  });
});

test('a hundred at once with ten keys: ten requests', async () => {
  const scene = await createPerformance(world, { seats: { rows: 2, seatsPerRow: 10 } });
  const user = await insider(world, scene);
  const keys = Array.from({ length: 10 }, newKey);
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, n) =>
      askRequest(world, user, scene, seatAt(scene, n % 10), keys[n % 10]),
    ),
  );
  const accepted = answers.filter(({ status }) => status === 202);
  expect(new Set(accepted.map(({ text }) => text)).size).toBe(10);
  expect(accepted.filter(({ headers }) => headers['idempotency-replayed'] === undefined)).toHaveLength(10);
  const waiting = answers.filter(({ status }) => status !== 202).map(problem);
  expect(waiting).toEqual(waiting.map(() => '409 request-in-progress'));
});
