import { afterAll, expect, test } from '@jest/globals';
import { problem } from './problem.ts';
import { createPerformance, enter, leave, placeIn, poll, tally } from './scene.ts';
import { publicQueueShape, read } from './shapes.ts';
import { openWorld } from './world.ts';

const world = await openWorld();
afterAll(() => world.close());

const publicQueue = async (performanceId: string) =>
  read(await world.send({ path: `/performances/${performanceId}/queue` }), 200, publicQueueShape);

/** One may be admitted at a time, so that the others have to wait. */
const narrow = { waitingRoom: { capacity: 1, admitPerSecond: 1000 } };

test('the first entry is 201, later ones 200 with the same place', async () => {
  const { performanceId } = await createPerformance(world, narrow);
  const [first, second] = [await world.newUser(), await world.newUser()];
  const entered = await enter(world, first, performanceId);
  expect(entered.status).toBe(201);
  expect(placeIn(entered)).toMatchObject({ ticket: 1, ahead: 0 });
  const behind = await enter(world, second, performanceId);
  expect(behind.status).toBe(201);
  expect(placeIn(behind)).toMatchObject({ status: 'waiting', ticket: 2 });
  expect(placeIn(behind).admittedUntil ?? null).toBeNull();
  for (let n = 0; n < 3; n += 1) {
    const again = await enter(world, second, performanceId);
    expect(again.status).toBe(200);
    expect(placeIn(again)).toMatchObject({ status: 'waiting', ticket: 2, ahead: 0 });
  }
  const polled = await poll(world, second, performanceId);
  expect(polled.status).toBe(200);
  expect(placeIn(polled)).toMatchObject({ status: 'waiting', ticket: 2, ahead: 0 });
});

test('who is not in is told so; leaving is 204, in or not', async () => {
  const { performanceId } = await createPerformance(world, narrow);
  const user = await world.newUser();
  expect(problem(await poll(world, user, performanceId))).toBe('404 not-in-queue');
  const notIn = await leave(world, user, performanceId);
  expect([notIn.status, notIn.text]).toEqual([204, '']);
  expect((await enter(world, user, performanceId)).status).toBe(201);
  for (let n = 0; n < 2; n += 1) expect((await leave(world, user, performanceId)).status).toBe(204);
  expect(problem(await poll(world, user, performanceId))).toBe('404 not-in-queue');
});

test('who comes back gets a new ticket', async () => {
  const { performanceId } = await createPerformance(world, narrow);
  const [first, second] = [await world.newUser(), await world.newUser()];
  await enter(world, first, performanceId);
  expect(placeIn(await enter(world, second, performanceId)).ticket).toBe(2);
  await leave(world, second, performanceId);
  const back = await enter(world, second, performanceId);
  expect(back.status).toBe(201);
  expect(placeIn(back).ticket).toBe(3);
});

test('a line is of one performance', async () => {
  const [a, b] = [await createPerformance(world, narrow), await createPerformance(world, narrow)];
  const user = await world.newUser();
  await enter(world, user, a.performanceId);
  expect(problem(await poll(world, user, b.performanceId))).toBe('404 not-in-queue');
  expect(placeIn(await enter(world, user, b.performanceId)).ticket).toBe(1);
});

test('thirty entries of one user at once: one place', async () => {
  const { performanceId } = await createPerformance(world, narrow);
  const [first, user] = [await world.newUser(), await world.newUser()];
  await enter(world, first, performanceId);
  const answers = await Promise.all(Array.from({ length: 30 }, () => enter(world, user, performanceId)));
  expect(tally(answers.map((answer) => answer.status))).toEqual({ 201: 1, 200: 29 });
  expect(new Set(answers.map((answer) => placeIn(answer).ticket))).toEqual(new Set([2]));
  expect(await publicQueue(performanceId)).toMatchObject({ waiting: 1, admitted: 1, nowServing: 1 });
});

test('sixty users at once: tickets 1 to 60, each once', async () => {
  const { performanceId } = await createPerformance(world, narrow);
  const users = await world.newUsers(60);
  const answers = await Promise.all(users.map((user) => enter(world, user, performanceId)));
  expect(tally(answers.map((answer) => answer.status))).toEqual({ 201: 60 });
  const tickets = answers.map((answer) => placeIn(answer).ticket).toSorted((a, b) => a - b);
  expect(tickets).toEqual(Array.from({ length: 60 }, (_, n) => n + 1));
  expect(await publicQueue(performanceId)).toMatchObject({ waiting: 59, admitted: 1, capacity: 1 });
});

test('the body is optional; one that is wrong is told so', async () => {
  const { performanceId } = await createPerformance(world, narrow);
  const path = `/performances/${performanceId}/queue`;
  const headers = { 'content-type': 'application/json' };
  const { token } = await world.newUser();
  const ask = async (call: object) => problem(await world.send({ method: 'POST', path, token, ...call }));
  expect(await ask({ raw: '{', headers })).toBe('400 malformed-request');
  expect(await ask({ raw: '{}', headers: { 'content-type': 'text/plain' } })).toMatch(/^415 /);
  expect(await ask({ raw: ' '.repeat(16_385), headers })).toMatch(/^413 /);
  for (const raw of [
    '[]',
    'null',
    '5',
    '{"receipt":5}',
    '{"receipt":null}',
    '{"receipt":{}}',
    '{"more":1}',
    '{"__proto__":1}',
    '{"constructor":1}',
  ]) {
    expect([raw, await ask({ raw, headers })]).toEqual([raw, '422 invalid-request']);
  }
  expect(problem(await poll(world, { id: '', token }, performanceId))).toBe('404 not-in-queue');
  for (const call of [{}, { raw: '{}', headers }, { raw: '', headers }]) {
    const { token: fresh } = await world.newUser();
    expect((await world.send({ method: 'POST', path, token: fresh, ...call })).status).toBe(201);
  }
});

test('a receipt that is none is ignored', async () => {
  const { performanceId } = await createPerformance(world, narrow);
  const receipts = [
    'nonsense',
    '',
    'a.b.c',
    '\u0000',
    '\ud800',
    '🎫',
    'A'.repeat(10_000),
    '{}',
    '..',
    '__proto__',
  ];
  for (const [n, receipt] of receipts.entries()) {
    const answer = await enter(world, await world.newUser(), performanceId, { receipt });
    expect([receipt.slice(0, 20), answer.status, placeIn(answer).ticket]).toEqual([
      receipt.slice(0, 20),
      201,
      n + 1,
    ]);
  }
});

test('a receipt restores nothing when the line was not lost, and nothing to another', async () => {
  const { performanceId } = await createPerformance(world, narrow);
  const [first, second, thief] = [await world.newUser(), await world.newUser(), await world.newUser()];
  await enter(world, first, performanceId);
  const { receipt } = placeIn(await enter(world, second, performanceId));
  const again = await enter(world, second, performanceId, { receipt });
  expect([again.status, placeIn(again).ticket]).toEqual([200, 2]);
  expect(placeIn(await enter(world, thief, performanceId, { receipt })).ticket).toBe(3);
  await leave(world, second, performanceId);
  expect(placeIn(await enter(world, second, performanceId, { receipt })).ticket).toBe(4);
});

test('every answer about a place carries a receipt', async () => {
  const { performanceId } = await createPerformance(world, narrow);
  const user = await world.newUser();
  for (const answer of [
    await enter(world, user, performanceId),
    await enter(world, user, performanceId),
    await poll(world, user, performanceId),
  ]) {
    expect(placeIn(answer).receipt).not.toBe('');
  }
});
