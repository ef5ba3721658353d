import { afterAll, expect, test } from '@jest/globals';
import { pointers, problem } from './problem.ts';
import { createPerformance, performanceBody } from './scene.ts';
import { performanceShape, read } from './shapes.ts';
import { openWorld } from './world.ts';

const world = await openWorld();
afterAll(() => world.close());

const { token } = world.admin;
const create = (json: unknown) => world.send({ path: '/performances', token, json });
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();

const whole = performanceBody();
const without = (path: string): unknown => {
  const copy: { [member: string]: unknown } = structuredClone(whole);
  const [outer = '', inner] = path.split('/');
  const parent = copy[outer];
  if (inner === undefined || typeof parent !== 'object' || parent === null) delete copy[outer];
  else copy[outer] = Object.fromEntries(Object.entries(parent).filter(([member]) => member !== inner));
  return copy;
};
const changed = (path: string, value: unknown): unknown => {
  const [outer = '', inner] = path.split('/');
  const before = Object.entries(whole).find(([member]) => member === outer)?.[1];
  if (inner === undefined) return { ...whole, [outer]: value };
  return { ...whole, [outer]: { ...(typeof before === 'object' ? before : {}), [inner]: value } };
};

const needed = [
  'name',
  'startsAt',
  'seats',
  'waitingRoom',
  'holdSeconds',
  'maxSeatsPerUser',
  'seats/rows',
  'seats/seatsPerRow',
  'seats/price',
  'waitingRoom/capacity',
  'waitingRoom/admitPerSecond',
  'waitingRoom/admissionSeconds',
  'waitingRoom/heartbeatSeconds',
];

test.each(needed)('without %s: 422', async (path) => {
  const answer = await create(without(path));
  expect(problem(answer)).toBe('422 invalid-request');
  expect(pointers(answer)[0]).toMatch(new RegExp(`${path}$`));
});

const ranges: readonly (readonly [string, number, number])[] = [
  ['seats/rows', 1, 100],
  ['seats/seatsPerRow', 1, 500],
  ['seats/price', 0, 10_000_000],
  ['waitingRoom/capacity', 1, 100_000],
  ['waitingRoom/admitPerSecond', 1, 100_000],
  ['waitingRoom/admissionSeconds', 5, 3600],
  ['waitingRoom/heartbeatSeconds', 5, 3600],
  ['holdSeconds', 2, 3600],
  ['maxSeatsPerUser', 1, 20],
];

test.each(ranges)('%s lies from %d to %d, in whole numbers', async (path, low, high) => {
  for (const value of [low, high]) {
    const answer = await create(changed(path, value));
    expect([value, answer.status]).toEqual([value, 201]);
  }
  for (const value of [
    low - 1,
    high + 1,
    low + 0.5,
    -1,
    2 ** 53,
    2 ** 31,
    2 ** 63,
    1e308,
    String(low),
    '',
    true,
    null,
    [low],
    {},
  ]) {
    const answer = await create(changed(path, value));
    expect([value, problem(answer)]).toEqual([value, '422 invalid-request']);
    expect(pointers(answer).some((pointer) => pointer.endsWith(`/${path}`))).toBe(true);
  }
});

test('a number too large for any machine: 422', async () => {
  const raw = JSON.stringify(whole).replace('"rows":2', '"rows":1e400');
  const headers = { 'content-type': 'application/json' };
  expect(problem(await world.send({ path: '/performances', token, raw, headers }))).toBe(
    '422 invalid-request',
  );
});

test('no more than 20,000 seats', async () => {
  expect(problem(await create(performanceBody({ seats: { rows: 41, seatsPerRow: 488 } })))).toBe(
    '422 invalid-request',
  );
  expect(problem(await create(performanceBody({ seats: { rows: 100, seatsPerRow: 500 } })))).toBe(
    '422 invalid-request',
  );
  const full = await createPerformance(world, { seats: { rows: 100, seatsPerRow: 200 } });
  expect(new Set(full.seatIds).size).toBe(20_000);
});

test.each(['startsAt', 'opensAt'])('%s is a time of RFC 3339', async (member) => {
  for (const value of [
    '',
    'tomorrow',
    '2099-05-01',
    '19:00:00.000Z',
    '2099-13-01T00:00:00.000Z',
    '2099-02-30T00:00:00.000Z',
    '2099-05-01T25:00:00.000Z',
    '2099-05-01T19:00:00.000',
    '+275760-09-13T00:00:00.000Z',
    '99999-01-01T00:00:00.000Z',
    4_081_000_000_000,
    null,
    true,
    {},
    '2099-05-01T19:00:00.000Z\u0000',
    ' 2099-05-01T19:00:00.000Z',
    '2099-05-01T19:00:00.000Z; --',
  ]) {
    if (member === 'opensAt' && value === null) continue;
    const answer = await create(performanceBody({ startsAt: '2099-12-31T00:00:00.000Z', [member]: value }));
    expect([value, problem(answer)]).toEqual([value, '422 invalid-request']);
  }
});

test('times at the ends of the calendar are no accident', async () => {
  expect((await create(performanceBody({ startsAt: '9999-12-31T23:59:59.999Z' }))).status).toBe(201);
  for (const opensAt of ['0000-01-01T00:00:00.000Z', '0001-01-01T00:00:00.000Z']) {
    const answer = await create(performanceBody({ opensAt }));
    const kept = answer.status === 201 ? read(answer, 201, performanceShape).opensAt : problem(answer);
    expect([opensAt, '422 invalid-request']).toContain(kept);
  }
});

test('it starts in the future and after it opens', async () => {
  const at = inSeconds(3600);
  expect(problem(await create(performanceBody({ startsAt: '2020-01-01T00:00:00.000Z' })))).toBe(
    '422 invalid-request',
  );
  expect(problem(await create(performanceBody({ startsAt: inSeconds(-1) })))).toBe('422 invalid-request');
  expect(problem(await create(performanceBody({ startsAt: at, opensAt: at })))).toBe('422 invalid-request');
  expect(problem(await create(performanceBody({ startsAt: at, opensAt: inSeconds(3601) })))).toBe(
    '422 invalid-request',
  );
  expect((await create(performanceBody({ startsAt: at, opensAt: inSeconds(3599) }))).status).toBe(201);
});

test('a name that no database can keep is refused, any other is kept', async () => {
  expect(problem(await create(performanceBody({ name: 'a\u0000b' })))).toBe('422 invalid-request');
  for (const value of [5, null, true, [], {}]) {
    expect(problem(await create(changed('name', value)))).toBe('422 invalid-request');
  }
  for (const name of [
    '\ud800',
    'a\udc00b',
    '\uffff',
    '\u202e',
    'é',
    'e\u0301',
    '\u0001',
    '__proto__',
    "'; DROP",
  ]) {
    const answer = await create(performanceBody({ name }));
    const kept = answer.status === 201 ? read(answer, 201, performanceShape).name : problem(answer);
    expect([name, '422 invalid-request']).toContain(kept);
  }
});

test.each([
  'performanceId',
  'drawSeed',
  '__proto__',
  'constructor',
  'seats/extra',
  'seats/__proto__',
  'waitingRoom/paused',
  'waitingRoom/toString',
])('the unknown member %s: 422', async (path) => {
  const [outer = '', inner] = path.split('/');
  const text = JSON.stringify(whole);
  const raw =
    inner === undefined
      ? text.replace('{', `{"${outer}":1,`)
      : text.replace(`"${outer}":{`, `"${outer}":{"${inner}":1,`);
  const headers = { 'content-type': 'application/json' };
  expect(problem(await world.send({ path: '/performances', token, raw, headers }))).toBe(
    '422 invalid-request',
  );
});
