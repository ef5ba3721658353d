import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT, UnsecuredJWT } from 'jose';
import { DependencyError } from '../errors.ts';
import { failureOf, refusalOf } from '../testing/race.ts';
import { type Authenticate, createAuthenticate } from './authenticate.ts';

const issuer = 'http://127.0.0.1/concert-reservation';
const audience = 'concert-reservation';
const kid = 'key-1';

let key: CryptoKey;
let strangerKey: CryptoKey;
let jwk: JWK;
let authenticate: Authenticate;

beforeAll(async () => {
  const pair = await generateKeyPair('ES256');
  key = pair.privateKey;
  jwk = { ...(await exportJWK(pair.publicKey)), kid, alg: 'ES256', use: 'sig' };
  strangerKey = (await generateKeyPair('ES256')).privateKey;
  authenticate = createAuthenticate({ issuer, audience, keys: { jwks: { keys: [jwk] } } });
});

const seconds = () => Math.floor(Date.now() / 1_000);
const good = () => ({ sub: 'ann', iss: issuer, aud: audience, iat: seconds(), exp: seconds() + 60 });
const sign = (claims: object, header: object = {}, by: CryptoKey | Uint8Array = key) =>
  new SignJWT({ ...good(), ...claims }).setProtectedHeader({ alg: 'ES256', kid, ...header }).sign(by);
const slugFor = async (header: string | undefined) => (await refusalOf(authenticate(header))).slug;

describe('a good token', () => {
  test('names its user', async () => {
    await expect(authenticate(`Bearer ${await sign({})}`)).resolves.toEqual({ userId: 'ann', admin: false });
  });

  test('may make an admin', async () => {
    const token = await sign({ role: 'admin' });
    await expect(authenticate(`Bearer ${token}`)).resolves.toMatchObject({ admin: true });
  });

  test.each([['Admin'], [true], [['admin']], [null], ['']])('whose role is %j makes none', async (role) => {
    await expect(authenticate(`Bearer ${await sign({ role })}`)).resolves.toMatchObject({ admin: false });
  });

  test.each(['bearer', 'BEARER', 'Bearer  '])('after %j', async (scheme) => {
    await expect(authenticate(`${scheme} ${await sign({})}`)).resolves.toMatchObject({ userId: 'ann' });
  });

  test('for several audiences, of which we are one', async () => {
    const token = await sign({ aud: ['elsewhere', audience] });
    await expect(authenticate(`Bearer ${token}`)).resolves.toMatchObject({ userId: 'ann' });
  });
});

describe('no token', () => {
  test.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Basic dTpw',
    'Bearer a b',
    'Token x',
    'Bearer x',
    'Bearer a.b.c',
    'Bearer ..',
    `Bearer ${'x'.repeat(20_000)}`,
  ])('%p', async (header) => {
    expect(await slugFor(header)).toBe('unauthenticated');
  });
});

describe('a token that is', () => {
  test.each<[string, () => object]>([
    ['expired', () => ({ exp: seconds() - 1 })],
    ['not valid yet', () => ({ nbf: seconds() + 60 })],
    ['for ever', () => ({ exp: undefined })],
    ['of a time that is no number', () => ({ exp: 'tomorrow' })],
    ['of another issuer', () => ({ iss: 'http://elsewhere' })],
    ['of no issuer', () => ({ iss: undefined })],
    ['for another audience', () => ({ aud: 'elsewhere' })],
    ['for no audience', () => ({ aud: undefined })],
    ['of nobody', () => ({ sub: undefined })],
    ['of an empty subject', () => ({ sub: '' })],
    ['of a subject that cannot be a user', () => ({ sub: 'a b' })],
    ['of a subject that is too long', () => ({ sub: 'x'.repeat(65) })],
    ['of a subject that is no text', () => ({ sub: 7 })],
  ])('%s', async (_, claims) => {
    expect(await slugFor(`Bearer ${await sign(claims())}`)).toBe('unauthenticated');
  });

  test('signed by somebody else', async () => {
    expect(await slugFor(`Bearer ${await sign({}, {}, strangerKey)}`)).toBe('unauthenticated');
  });

  test('signed with a key nobody knows', async () => {
    expect(await slugFor(`Bearer ${await sign({}, { kid: 'key-2' })}`)).toBe('unauthenticated');
  });

  test('not signed: alg none', async () => {
    expect(await slugFor(`Bearer ${new UnsecuredJWT(good()).encode()}`)).toBe('unauthenticated');
  });

  test('signed by HS256 with our public key as its secret', async () => {
    const secret = new TextEncoder().encode(JSON.stringify(jwk));
    const token = await sign({}, { alg: 'HS256' }, secret);
    expect(await slugFor(`Bearer ${token}`)).toBe('unauthenticated');
  });

  test('signed by another algorithm of a key of its own', async () => {
    const { privateKey } = await generateKeyPair('ES384');
    const token = await sign({}, { alg: 'ES384' }, privateKey);
    expect(await slugFor(`Bearer ${token}`)).toBe('unauthenticated');
  });

  test('changed after it was signed', async () => {
    const [header, , signature] = (await sign({})).split('.');
    const claims = Buffer.from(JSON.stringify({ ...good(), role: 'admin' })).toString('base64url');
    expect(await slugFor(`Bearer ${header}.${claims}.${signature}`)).toBe('unauthenticated');
  });

  test('that wants something critical we do not know', async () => {
    const [, claims, signature] = (await sign({})).split('.');
    const header = Buffer.from(JSON.stringify({ alg: 'ES256', kid, crit: ['x'], x: 1 })).toString(
      'base64url',
    );
    expect(await slugFor(`Bearer ${header}.${claims}.${signature}`)).toBe('unauthenticated');
  });
});

test('a refusal does not repeat the token', async () => {
  const token = await sign({ exp: seconds() - 1 });
  const refusal = await refusalOf(authenticate(`Bearer ${token}`));
  expect(JSON.stringify([refusal.detail, refusal.members])).not.toContain(token.split('.')[2]);
});

describe('keys from a URL', () => {
  let server: Server;
  let asked = 0;
  afterEach(async () => {
    server.closeAllConnections();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  });

  /** Answers for the issuer with what it is told; a body of undefined is no answer at all. */
  async function openIssuer(
    status: number,
    body: string | undefined,
    freshForMs = 60_000,
  ): Promise<Authenticate> {
    asked = 0;
    server = createServer((_, response) => {
      asked += 1;
      if (body !== undefined) response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    // A server that listens on a port has the address of one.
    const { port } = server.address() as AddressInfo;
    return createAuthenticate({
      issuer,
      audience,
      keys: { url: `http://127.0.0.1:${port}/keys`, freshForMs },
    });
  }

  test('are fetched once', async () => {
    const ask = await openIssuer(200, JSON.stringify({ keys: [jwk] }));
    for (let round = 0; round < 3; round++) {
      await expect(ask(`Bearer ${await sign({})}`)).resolves.toMatchObject({ userId: 'ann' });
    }
    expect(asked).toBe(1);
  });

  test('are asked for again after a time, and are still good when the issuer is away then', async () => {
    const ask = await openIssuer(200, JSON.stringify({ keys: [jwk] }), 50);
    const asBefore = async () =>
      expect(ask(`Bearer ${await sign({})}`)).resolves.toMatchObject({ userId: 'ann' });
    await asBefore();
    await sleep(60);
    await asBefore();
    expect(asked).toBe(2);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await sleep(60);
    await asBefore();
    const unheardOf = await sign({}, { kid: 'key-2' }, strangerKey);
    expect(await refusalOf(ask(`Bearer ${unheardOf}`))).toMatchObject({ slug: 'unauthenticated' });
  });

  test('that cannot be fetched are the outage of the issuer, not the fault of the token', async () => {
    const ask = await openIssuer(200, '{}');
    await new Promise((resolve) => server.close(resolve));
    await expect(failureOf(ask(`Bearer ${await sign({})}`))).resolves.toBeInstanceOf(DependencyError);
  });

  test.each([
    ['an error of its own', 500, 'oh'],
    ['something that is no JSON', 200, '<html>'],
    ['something that is no key set', 200, '{}'],
    ['no answer', 200, undefined],
  ])('so is %s', async (_, status, body) => {
    const ask = await openIssuer(status, body);
    await expect(failureOf(ask(`Bearer ${await sign({})}`))).resolves.toBeInstanceOf(DependencyError);
  });
});
