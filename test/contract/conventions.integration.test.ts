import { afterAll, expect, test } from '@jest/globals';
import { problem } from './problem.ts';
import { admit, createPerformance, newKey, seatAt } from './scene.ts';
import { openWorld } from './world.ts';

const world = await openWorld();
afterAll(() => world.close());

const json = { 'content-type': 'application/json' };
const user = await world.newUser();
const limitBytes = 16 * 1024;

const chargeRaw = (raw: string | Buffer, headers: Record<string, string> = json) =>
  world.send({ path: '/wallet/charges', token: user.token, key: newKey(), raw, headers });

test('the checks come in order, for a route with everything', async () => {
  const scene = await createPerformance(world);
  const path = '/wallet/charges';
  const { token } = user;
  const large = 'x'.repeat(limitBytes + 1);
  const text = { 'content-type': 'text/plain' };
  const ask = async (call: object) => problem(await world.send({ method: 'POST', path, ...call }));
  expect(await ask({ raw: large, headers: text })).toBe('401 unauthenticated');
  expect(await ask({ path: '/performances', token, raw: large, headers: text })).toBe('403 forbidden');
  expect(await ask({ path: '/performances', token, raw: '{', headers: json })).toBe('403 forbidden');
  expect(await ask({ token, raw: large, headers: text })).toMatch(/^413 /);
  expect(await ask({ token, raw: large, headers: json })).toMatch(/^413 /);
  expect(await ask({ token, raw: '{', headers: text })).toMatch(/^415 /);
  expect(await ask({ token, raw: '{', headers: json })).toBe('400 malformed-request');
  expect(await ask({ token, raw: '{', headers: { ...json, 'idempotency-key': '' } })).toBe(
    '400 malformed-request',
  );
  expect(await ask({ token, json: { amount: 0 } })).toBe('400 idempotency-key-missing');
  expect(await ask({ token, key: 'é', json: { amount: 0 } })).toBe('400 idempotency-key-invalid');
  expect(await ask({ token, key: newKey(), json: { amount: 0 } })).toBe('422 invalid-request');
  expect(await ask({ path: '/performances/nothing/holds', token, json: { seatIds: 'x' } })).toBe(
    '422 invalid-request',
  );
  expect(await ask({ path: '/performances/a%20b/holds', token, json: { seatIds: 'x' } })).toBe(
    '422 invalid-request',
  );
  expect(await ask({ path: '/payments', token, json: { holdId: 'nothing' } })).toBe(
    '400 idempotency-key-missing',
  );
  expect(await ask({ path: '/payments', token, key: newKey(), json: { holdId: 'nothing' } })).toBe(
    '404 not-found',
  );
  const holds = { path: `/performances/${scene.performanceId}/holds`, token };
  expect(await ask({ ...holds, json: { seatIds: ['nothing'] } })).toBe('422 invalid-request');
  expect(await ask({ ...holds, json: { seatIds: [seatAt(scene, 0)] } })).toBe('403 not-admitted');
  await admit(world, user, scene.performanceId);
  expect(await ask({ ...holds, json: { seatIds: ['nothing'] } })).toBe('422 invalid-request');
});

test('what is not a public read is never stored by a cache', async () => {
  const scene = await createPerformance(world);
  await admit(world, user, scene.performanceId);
  const queue = `/performances/${scene.performanceId}/queue`;
  for (const [method, path] of [
    ['GET', '/wallet'],
    ['GET', '/wallet/entries'],
    ['GET', '/reservations'],
    ['GET', '/health'],
    ['POST', queue],
    ['GET', `${queue}/me`],
    ['DELETE', `${queue}/me`],
  ] as const) {
    const answer = await world.send({ method, path, token: user.token });
    expect([path, answer.status < 300, answer.headers['cache-control']]).toEqual([path, true, 'no-store']);
  }
  const charged = await chargeRaw('{"amount":1}');
  expect(charged.headers['cache-control']).toBe('no-store');
  expect(charged.headers['content-type']).toMatch(/^application\/json\b/);
});
