import { createPublicKey } from 'node:crypto';
import { afterAll, expect, test } from '@jest/globals';
import { generateKeyPair } from 'jose';
import { problem } from './problem.ts';
import { closedRoutes, publicRoutes } from './routes.ts';
import { createPerformance, performanceBody } from './scene.ts';
import { forgeToken, mintToken, newUserId, type TokenChanges } from './tokens.ts';
import { openWorld } from './world.ts';

const world = await openWorld();
afterAll(() => world.close());

const { issuer } = world.app;
const nowSeconds = Math.floor(Date.now() / 1000);
const stranger = await generateKeyPair('ES256');
const publicPem = createPublicKey({ key: { ...issuer.publicJwk }, format: 'jwk' }).export({
  type: 'spki',
  format: 'pem',
});
const asSecret = (text: string | Buffer) => new Uint8Array(Buffer.from(text));
const hs256 = { header: { alg: 'HS256' } };

const goodClaims = {
  sub: 'forger',
  iss: issuer.issuer,
  aud: issuer.audience,
  iat: nowSeconds,
  exp: nowSeconds + 3600,
};

const wallet = (authorization: string | undefined) =>
  world.send({ path: '/wallet', headers: authorization === undefined ? {} : { authorization } });

test('a good token opens the wallet', async () => {
  const answer = await wallet(`Bearer ${await mintToken(issuer, newUserId())}`);
  expect(answer.status).toBe(200);
});

test.each(closedRoutes)('$method $path without a token: 401', async ({ method, path }) => {
  expect(problem(await world.send({ method, path }))).toBe('401 unauthenticated');
});

const good = await mintToken(issuer, newUserId());
test.each([
  ['empty', ''],
  ['scheme alone', 'Bearer'],
  ['scheme and a space', 'Bearer '],
  ['another scheme', `Basic ${Buffer.from('a:b').toString('base64')}`],
  ['another scheme with a good token', `Token ${good}`],
  ['no scheme', good],
  ['not a JWT', 'Bearer abc'],
  ['three parts of nothing', 'Bearer a.b.c'],
  ['empty parts', 'Bearer ..'],
  ['two parts', `Bearer ${good.split('.').slice(0, 2).join('.')}`],
  ['four parts', `Bearer ${good}.x`],
  ['a longer signature', `Bearer ${good}AAAA`],
  ['two tokens', `Bearer ${good} ${good}`],
  ['two tokens, comma', `Bearer ${good}, Bearer ${good}`],
  ['a long one', `Bearer ${'A'.repeat(4000)}`],
  ['letters beyond ASCII', 'Bearer é.é.é'],
])('malformed, %s: 401', async (_name, authorization) => {
  expect(problem(await wallet(authorization))).toBe('401 unauthenticated');
});

const wrong: readonly (readonly [string, TokenChanges])[] = [
  ['expired', { claims: { exp: nowSeconds - 3600 } }],
  ['not yet valid', { claims: { nbf: nowSeconds + 3600 } }],
  ['signed by another key', { key: stranger.privateKey }],
  ['signed by another key, no kid', { key: stranger.privateKey, header: { kid: undefined } }],
  [
    'signed by another key that the header brings along',
    { key: stranger.privateKey, header: { jwk: issuer.publicJwk } },
  ],
  ['wrong issuer', { claims: { iss: 'http://127.0.0.1/somebody-else' } }],
  ['no issuer', { claims: { iss: undefined } }],
  ['wrong audience', { claims: { aud: 'somebody-else' } }],
  ['no audience', { claims: { aud: undefined } }],
  ['no sub', { claims: { sub: undefined } }],
  ['empty sub', { claims: { sub: '' } }],
  ['sub that is a number', { claims: { sub: 7 } }],
  ['sub too long for an id', { claims: { sub: 'a'.repeat(65) } }],
  ['sub with a space', { claims: { sub: 'a b' } }],
  ['sub with a NUL', { claims: { sub: 'a\u0000b' } }],
  ['expiry that is text', { claims: { exp: 'tomorrow' } }],
  ['HS256 with the public key (PEM)', { ...hs256, key: asSecret(publicPem) }],
  ['HS256 with the public key (trimmed PEM)', { ...hs256, key: asSecret(publicPem.toString().trim()) }],
  ['HS256 with the public key (JWK)', { ...hs256, key: asSecret(JSON.stringify(issuer.publicJwk)) }],
];

test.each(wrong)('%s: 401', async (_name, changes) => {
  const token = await mintToken(issuer, newUserId(), changes);
  expect(problem(await wallet(`Bearer ${token}`))).toBe('401 unauthenticated');
});

test('a critical header that nobody understands: 401', async () => {
  const [header, claims, signature] = good.split('.');
  const critical = {
    ...JSON.parse(Buffer.from(header ?? '', 'base64url').toString()),
    crit: ['exp'],
    exp: 1,
  };
  const encoded = Buffer.from(JSON.stringify(critical)).toString('base64url');
  expect(problem(await wallet(`Bearer ${encoded}.${claims}.${signature}`))).toBe('401 unauthenticated');
});

test.each(['none', 'None', 'NONE', 'nOnE'])('alg %s: 401', async (alg) => {
  for (const signature of ['', 'AAAA']) {
    const token = forgeToken({ alg, typ: 'JWT' }, goodClaims, signature);
    expect(problem(await wallet(`Bearer ${token}`))).toBe('401 unauthenticated');
  }
});

test('claims changed under a good signature: 401', async () => {
  const [header = '', claims = '', signature = ''] = good.split('.');
  const changed = { ...JSON.parse(Buffer.from(claims, 'base64url').toString()), sub: 'victim' };
  const token = forgeToken(JSON.parse(Buffer.from(header, 'base64url').toString()), changed, signature);
  expect(problem(await wallet(`Bearer ${token}`))).toBe('401 unauthenticated');
});

test.each([undefined, 'user', 'Admin', 'ADMIN', ' admin', '', ['admin'], { admin: true }, true, null])(
  'role %j is not admin: 403',
  async (role) => {
    const token = await mintToken(issuer, newUserId(), { claims: { role } });
    const answer = await world.send({ path: '/performances', token, json: performanceBody() });
    expect(problem(answer)).toBe('403 forbidden');
  },
);

test('an admin is a user too', async () => {
  expect((await world.send({ path: '/wallet', token: world.admin.token })).status).toBe(200);
});

test('public routes ignore the header, good or bad', async () => {
  const { performanceId } = await createPerformance(world);
  const expired = await mintToken(issuer, newUserId(), { claims: { exp: nowSeconds - 60 } });
  for (const route of publicRoutes) {
    const path = route.path.replace('nothing', performanceId);
    // Here nothing is drawn.
    const expected = path.endsWith('/draw') ? 404 : 200;
    for (const authorization of [
      '',
      'Bearer',
      'Bearer x',
      'Basic a',
      `Bearer ${expired}`,
      `Bearer ${good}`,
    ]) {
      const answer = await world.send({ path, headers: { authorization } });
      expect([path, authorization, answer.status]).toEqual([path, authorization, expected]);
    }
  }
});
