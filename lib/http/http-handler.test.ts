import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import type { HoldId } from '../ids.ts';
import { setEnvironment, type TestEnvironment } from '../testing/environment.ts';
import { type HttpCall, httpEvent, lambdaContext } from '../testing/events.ts';
import { json, noContent } from './answer.ts';
import { endpoint } from './endpoint.ts';
import { httpHandler } from './http-handler.ts';

const Body = v.strictObject({ amount: v.number('a number') });
const admin = 'POST /things/{holdId}';
const user = 'POST /mine';
const open = 'GET /open';

/** Whether the answer reached the state of things, past every check. */
let reached = 0;

const handler = httpHandler({
  [admin]: endpoint({
    access: 'admin',
    body: Body,
    query: v.object({ limit: v.optional(v.pipe(v.string(), v.digits('digits'))) }),
    idempotent: true,
    handle: async ({ path, body, identity, idempotencyKey }) => {
      path.id<HoldId>('holdId');
      reached += 1;
      return json(201, { body, identity, idempotencyKey }, { location: '/things/1' });
    },
  }),
  [user]: endpoint({
    access: 'user',
    body: v.optional(Body),
    bodyOptional: true,
    handle: async ({ body }) => json(200, { body: body ?? 'none' }),
  }),
  [open]: endpoint({
    access: 'public',
    handle: async ({ identity, requestId }) => json(200, { identity: identity ?? 'nobody', requestId }),
  }),
  'DELETE /open': endpoint({ access: 'public', handle: async () => noContent }),
  'GET /defect': endpoint({ access: 'public', handle: () => Promise.reject(new TypeError('oh')) }),
  'GET /hangs': endpoint({ access: 'public', handle: () => sleep(60_000, noContent, { ref: false }) }),
});

let environment: TestEnvironment;
let userToken: string;
let adminToken: string;
beforeAll(async () => {
  environment = await setEnvironment();
  userToken = await environment.mint('ann');
  adminToken = await environment.mint('eve', { role: 'admin' });
});
afterAll(() => environment.restore());

async function call(request: HttpCall) {
  const { statusCode, headers = {}, body } = await handler(httpEvent(request), lambdaContext('r-1'));
  const parsed: unknown = body === undefined ? undefined : JSON.parse(body);
  return { statusCode, headers, body: parsed };
}
const slugFor = async (request: HttpCall) => {
  const { body } = await call(request);
  return v.parse(v.object({ type: v.string() }), body).type.replace('urn:problem:', '');
};

/** A request in which everything is wrong that a check could find, put right step by step. */
const steps: readonly (readonly [slug: string, fix: (request: HttpCall) => HttpCall])[] = [
  ['unauthenticated', (request) => withHeaders(request, { authorization: `Bearer ${userToken}` })],
  ['forbidden', (request) => withHeaders(request, { authorization: `Bearer ${adminToken}` })],
  ['request-too-large', (request) => ({ ...request, body: '{"amount"' })],
  ['unsupported-media-type', (request) => withHeaders(request, { 'content-type': 'application/json' })],
  ['malformed-request', (request) => ({ ...request, body: '{"amount":"x"}' })],
  ['idempotency-key-missing', (request) => withHeaders(request, { 'idempotency-key': '' })],
  ['idempotency-key-invalid', (request) => withHeaders(request, { 'idempotency-key': 'k' })],
  ['invalid-request', (request) => ({ ...request, body: '{"amount":1}' })],
  ['invalid-request', (request) => ({ ...request, queryStringParameters: { limit: '5' } })],
  ['not-found', (request) => ({ ...request, pathParameters: { holdId: 'h' } })],
];
const withHeaders = (request: HttpCall, headers: Record<string, string>): HttpCall => ({
  ...request,
  headers: { ...request.headers, ...headers },
});

describe('the checks', () => {
  test('come in the order of the contract, and nothing is reached before the last', async () => {
    let request: HttpCall = {
      routeKey: admin,
      headers: { 'content-type': 'text/plain' },
      body: 'x'.repeat(16 * 1024 + 1),
      queryStringParameters: { limit: 'many' },
      pathParameters: { holdId: 'a/b' },
    };
    for (const [slug, fix] of steps) {
      expect(await slugFor(request)).toBe(slug);
      request = fix(request);
    }
    expect(reached).toBe(0);
    expect(await call(request)).toEqual({
      statusCode: 201,
      headers: { 'cache-control': 'no-store', 'content-type': 'application/json', location: '/things/1' },
      body: { body: { amount: 1 }, identity: { userId: 'eve', admin: true }, idempotencyKey: 'k' },
    });
  });

  test('do not mind the case of header names', async () => {
    const headers = { AUTHORIZATION: `Bearer ${userToken}`, 'Content-Type': 'application/json' };
    expect((await call({ routeKey: user, headers, body: '{"amount":1}' })).statusCode).toBe(200);
  });

  test('let a body be missing where it may be', async () => {
    const headers = { authorization: `Bearer ${userToken}` };
    expect((await call({ routeKey: user, headers })).body).toEqual({ body: 'none' });
    const withKey = { authorization: `Bearer ${adminToken}`, 'idempotency-key': 'k' };
    expect(await slugFor({ routeKey: admin, headers: withKey })).toBe('malformed-request');
  });

  test('of a public route do not look at the token', async () => {
    const { body } = await call({ routeKey: open, headers: { authorization: 'Bearer nonsense' } });
    expect(body).toEqual({ identity: 'nobody', requestId: 'r-1' });
  });
});

describe('an answer', () => {
  test('is not to be kept unless it says so', async () => {
    expect((await call({ routeKey: open })).headers).toMatchObject({ 'cache-control': 'no-store' });
    expect((await call({ routeKey: 'GET /nowhere' })).headers).toMatchObject({ 'cache-control': 'no-store' });
  });

  test('may have no body', async () => {
    expect(await call({ routeKey: 'DELETE /open' })).toEqual({
      statusCode: 204,
      headers: { 'cache-control': 'no-store' },
      body: undefined,
    });
  });

  test('to a route that there is none of', async () => {
    expect(await slugFor({ routeKey: 'GET /nowhere' })).toBe('not-found');
  });

  test('is 500 without a word when something is broken', async () => {
    const { statusCode, body } = await call({ routeKey: 'GET /defect' });
    expect(statusCode).toBe(500);
    expect(body).toEqual({
      type: 'urn:problem:internal',
      title: 'Something went wrong',
      status: 500,
      detail: 'The request could not be completed.',
      requestId: 'r-1',
    });
  });

  test('is 503 within 3 s when there is none', async () => {
    const beganAtMs = performance.now();
    const { statusCode, headers } = await call({ routeKey: 'GET /hangs' });
    expect(statusCode).toBe(503);
    expect(headers).toMatchObject({ 'retry-after': '1' });
    expect(performance.now() - beganAtMs).toBeLessThan(3_000);
  });
});
