import { afterAll, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { pointers, problem } from './problem.ts';
import { createPerformance, enter, leave, placeIn, poll } from './scene.ts';
import { publicQueueShape, read } from './shapes.ts';
import { openWorld, type User } from './world.ts';

const world = await openWorld();
afterAll(() => world.close());

const settingsShape = v.looseObject({ paused: v.boolean() });

const change = (performanceId: string, json: unknown, token = world.admin.token) =>
  world.send({ method: 'PATCH', path: `/performances/${performanceId}/waiting-room`, token, json });
const view = async (performanceId: string) =>
  read(await world.send({ path: `/performances/${performanceId}/queue` }), 200, publicQueueShape);
const settings = { capacity: 1, admitPerSecond: 1000, admissionSeconds: 600, heartbeatSeconds: 600 };

test('a change answers with all the settings, is kept, and takes effect on the next admission', async () => {
  const { performanceId } = await createPerformance(world, { waitingRoom: settings });
  const users = await world.newUsers(5);
  for (const user of users) await enter(world, user, performanceId);
  const changed = await change(performanceId, { capacity: 3 });
  expect(read(changed, 200, settingsShape)).toEqual({
    ...settings,
    capacity: 3,
    draw: false,
    paused: false,
  });
  expect(changed.headers['cache-control']).toBe('no-store');
  expect(await view(performanceId)).toMatchObject({ capacity: 3, admitted: 3, waiting: 2, nowServing: 3 });
  const found = await world.send({ path: `/performances/${performanceId}` });
  expect(found.json).toMatchObject({ waitingRoom: { capacity: 3 } });
});

test('a pause keeps every place, and after it admission goes on in the old order', async () => {
  const { performanceId } = await createPerformance(world, { waitingRoom: settings });
  const [first, second, third] = (await world.newUsers(3)) as [User, User, User];
  for (const user of [first, second, third]) await enter(world, user, performanceId);
  expect(read(await change(performanceId, { paused: true }), 200, settingsShape).paused).toBe(true);
  await leave(world, first, performanceId);
  expect(placeIn(await poll(world, second, performanceId))).toMatchObject({ status: 'waiting', ahead: 0 });
  expect(await view(performanceId)).toMatchObject({ state: 'paused', admitted: 0, waiting: 2 });
  await change(performanceId, { paused: false });
  expect(placeIn(await poll(world, third, performanceId))).toMatchObject({
    status: 'waiting',
    ticket: 3,
    ahead: 0,
  });
  expect(placeIn(await poll(world, second, performanceId)).status).toBe('admitted');
});

test('a change that is none is refused, whole', async () => {
  const { performanceId } = await createPerformance(world, { waitingRoom: settings });
  for (const [body, pointer] of [
    [{}, '#'],
    [[], '#'],
    [{ capacity: 0 }, '#/capacity'],
    [{ capacity: 100_001 }, '#/capacity'],
    [{ capacity: 5, admitPerSecond: 0 }, '#/admitPerSecond'],
    [{ capacity: 5, paused: 'yes' }, '#/paused'],
    [{ capacity: 5, paused: null }, '#/paused'],
    [{ capacity: 5, heartbeatSeconds: 30 }, '#/heartbeatSeconds'],
    [{ capacity: 5, draw: true }, '#/draw'],
  ] as const) {
    const answer = await change(performanceId, body);
    expect([body, problem(answer), pointers(answer)]).toEqual([body, '422 invalid-request', [pointer]]);
  }
  expect(await view(performanceId)).toMatchObject({ capacity: 1 });
});

test('it is for admins, and for what there is', async () => {
  const { performanceId } = await createPerformance(world, { waitingRoom: settings });
  const { token } = await world.newUser();
  expect(problem(await change(performanceId, { capacity: 5 }, token))).toBe('403 forbidden');
  expect(problem(await change('nothing', { capacity: 5 }))).toBe('404 not-found');
  expect(problem(await change('nothing', { capacity: 0 }))).toBe('422 invalid-request');
});
