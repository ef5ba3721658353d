import { afterAll, expect, test } from '@jest/globals';
import { pointers, problem } from './problem.ts';
import { bodyRoutes } from './routes.ts';
import { newKey, performanceBody } from './scene.ts';
import { openWorld } from './world.ts';

const world = await openWorld();
afterAll(() => world.close());

const json = { 'content-type': 'application/json' };
const user = await world.newUser();
const limitBytes = 16 * 1024;

/** Valid JSON of exactly `bytes` bytes. */
const padded = (value: unknown, bytes: number) => {
  const text = JSON.stringify(value);
  return text + ' '.repeat(bytes - Buffer.byteLength(text));
};

const chargeRaw = (raw: string | Buffer, headers: Record<string, string> = json) =>
  world.send({ path: '/wallet/charges', token: user.token, key: newKey(), raw, headers });

test.each(bodyRoutes)('$method $path: what is not JSON is 400', async ({ method, path, access }) => {
  const { token } = access === 'admin' ? world.admin : user;
  for (const raw of [
    '{',
    '',
    'nonsense',
    "{'a':1}",
    '{"a":1,}',
    '[1',
    '{"a":01}',
    'NaN',
    '\u0000',
    '{} {}',
  ]) {
    const answer = await world.send({ method, path, token, key: newKey(), raw, headers: json });
    expect([raw, problem(answer)]).toEqual([raw, '400 malformed-request']);
  }
});

test.each(bodyRoutes)('$method $path: no body at all is 400', async ({ method, path, access }) => {
  const { token } = access === 'admin' ? world.admin : user;
  const answer = await world.send({ method, path, token, key: newKey() });
  expect(problem(answer)).toBe('400 malformed-request');
});

test.each(bodyRoutes)('$method $path: JSON that is no object is 422', async ({ method, path, access }) => {
  const { token } = access === 'admin' ? world.admin : user;
  for (const raw of ['null', 'true', '0', '"text"', '[]', '[{}]', '{}']) {
    const answer = await world.send({ method, path, token, key: newKey(), raw, headers: json });
    expect([raw, problem(answer)]).toEqual([raw, '422 invalid-request']);
  }
});

test('a body that is not UTF-8 is not JSON: 400', async () => {
  expect(problem(await chargeRaw(Buffer.from('{"amount":1}', 'utf16le')))).toBe('400 malformed-request');
  expect(problem(await chargeRaw(Buffer.from([0xff, 0xfe, 0xfd])))).toBe('400 malformed-request');
  const name = Buffer.from(JSON.stringify(performanceBody({ name: '~' })));
  name[name.indexOf('~')] = 0xe9;
  const answer = await world.send({
    path: '/performances',
    token: world.admin.token,
    raw: name,
    headers: json,
  });
  expect(problem(answer)).toBe('400 malformed-request');
});

test.each([
  'text/plain',
  'text/json',
  'application/jsonp',
  'application/problem+json',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  '',
])('content type %j: 415', async (type) => {
  const answer = await chargeRaw('{"amount":1}', { 'content-type': type });
  expect(answer.status).toBe(415);
  expect(problem(answer)).toMatch(/^415 [a-z-]+$/);
});

test.each(['application', ';', '/', 'a b'])('content type %j is none: a client error', async (type) => {
  // A gateway may find the request itself malformed before anybody asks what the type is.
  expect([400, 415]).toContain((await chargeRaw('{"amount":1}', { 'content-type': type })).status);
});

test('a body without a content type: 415', async () => {
  expect((await chargeRaw('{"amount":1}', {})).status).toBe(415);
});

test.each(['application/json; charset=utf-8', 'application/json;charset=UTF-8', 'Application/JSON'])(
  'content type %j is JSON',
  async (type) => {
    expect((await chargeRaw('{"amount":1}', { 'content-type': type })).status).toBe(201);
  },
);

test('16 KiB are taken, a byte more is 413, counted in bytes', async () => {
  expect((await chargeRaw(padded({ amount: 1 }, limitBytes))).status).toBe(201);
  expect(problem(await chargeRaw(padded({ amount: 1 }, limitBytes + 1)))).toMatch(/^413 [a-z-]+$/);
  const wide = JSON.stringify({ amount: 1, note: '좌'.repeat(6000) });
  expect(Buffer.byteLength(wide)).toBeGreaterThan(limitBytes);
  expect((await chargeRaw(wide)).status).toBe(413);
  expect((await chargeRaw(padded({ amount: 1 }, 1_000_000))).status).toBe(413);
  expect((await chargeRaw(padded({ amount: 1 }, 11_000_000))).status).toBe(413);
});

test.each([
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'prototype',
  'valueOf',
  '',
  'Amount',
  'amount ',
])('the unknown member %j is rejected', async (member) => {
  const answer = await chargeRaw(`{"amount":1,${JSON.stringify(member)}:{"amount":5}}`);
  expect(problem(answer)).toBe('422 invalid-request');
});

test('a needed member that only a prototype has is missing', async () => {
  expect(problem(await chargeRaw('{"__proto__":{"amount":5}}'))).toBe('422 invalid-request');
});

test('deep nesting is bad input and nothing more', async () => {
  const depth = 8000;
  expect(problem(await chargeRaw('['.repeat(depth)))).toBe('400 malformed-request');
  expect(problem(await chargeRaw(`${'['.repeat(depth)}${']'.repeat(depth)}`))).toBe('422 invalid-request');
  const nested = `{"amount":${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}}`;
  expect(problem(await chargeRaw(nested))).toBe('422 invalid-request');
});

test('the pointer names the member that is wrong', async () => {
  const answer = await world.send({
    path: '/performances',
    token: world.admin.token,
    json: performanceBody({ seats: { rows: 0 } }),
  });
  expect(problem(answer)).toBe('422 invalid-request');
  expect(pointers(answer)).toEqual([expect.stringMatching(/\/seats\/rows$/)]);
});
