import { afterAll, expect, test } from '@jest/globals';
import { problem } from './problem.ts';
import { routes } from './routes.ts';
import { createPerformance, newKey } from './scene.ts';
import { openWorld } from './world.ts';

const world = await openWorld();
afterAll(() => world.close());

const user = await world.newUser();

const impossible = [
  'a'.repeat(65),
  'a%20b',
  '%00',
  'a%00b',
  'a%2Fb',
  '%F0%9F%8E%AB',
  "'",
  '%22',
  'a;b',
  'a,b',
  '*',
  '%5c',
  '$%7B1%7D',
  '%2e%2e%2f',
  '%25',
];

test.each(impossible)('an id in the path that cannot be one, %s: 404', async (id) => {
  for (const route of routes.filter((r) => r.path.includes('nothing') && r.body !== 'required')) {
    const { token } = user;
    const path = route.path.replace('nothing', id);
    const answer = await world.send({ method: route.method, path, token, key: newKey() });
    expect([route.method, path, problem(answer)]).toEqual([route.method, path, '404 not-found']);
  }
});

test.each(['%', '%zz', '%ff', '%c0%80', '%ed%a0%80'])(
  'a path that is no text, %s: a client error',
  async (id) => {
    for (const path of [`/performances/${id}`, `/holds/${id}`, `/reservations/${id}`]) {
      const { status } = await world.send({ path, token: user.token });
      expect([path, status >= 400 && status < 500]).toEqual([path, true]);
    }
  },
);

test.each(routes.filter((r) => r.path.includes('nothing') && r.body !== 'required'))(
  '$method $path: no such thing, 404',
  async ({ method, path }) => {
    expect(problem(await world.send({ method, path, token: user.token, key: newKey() }))).toBe(
      '404 not-found',
    );
  },
);

test.each([
  ['GET', '/'],
  ['GET', '/nothing'],
  ['GET', '/performances/a/b/c'],
  ['PUT', '/wallet'],
  ['POST', '/wallet'],
  ['DELETE', '/performances'],
  ['PUT', '/performances/a'],
  ['POST', '/health'],
  ['GET', '/wallet/charges'],
  ['GET', '/payments'],
  ['DELETE', '/payments/a'],
  ['POST', '/reservations'],
  ['PUT', '/holds/a'],
  ['GET', '/Wallet'],
])('no such route: %s %s is 404', async (method, path) => {
  expect((await world.send({ method, path, token: user.token })).status).toBe(404);
});

test('an escaped letter is the letter', async () => {
  const { performanceId } = await createPerformance(world);
  const escaped = `%${performanceId.charCodeAt(0).toString(16)}${performanceId.slice(1)}`;
  expect((await world.send({ path: `/performances/${escaped}` })).status).toBe(200);
});
