import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { publicKeySet } from './keys.ts';
import { localAudience, localIssuer, mintTokens } from './mint-token.ts';
import { parseTokenArguments } from './token-arguments.ts';

const folder = mkdtempSync(join(tmpdir(), 'keys-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function verify(token: string) {
  const keys = createLocalJWKSet(JSON.parse(await publicKeySet(folder)));
  return jwtVerify(token, keys, { issuer: localIssuer, audience: localAudience, algorithms: ['ES256'] });
}

describe('tokens', () => {
  test('several at once on a fresh clone agree on one key, whose public half alone is shown', async () => {
    const tokens = await Promise.all([1, 2, 3, 4].map((n) => mintTokens([`user-${n}`], { folder })));
    for (const [n, [token = '']] of tokens.entries())
      expect((await verify(token)).payload.sub).toBe(`user-${n + 1}`);
    expect(JSON.parse(await publicKeySet(folder)).keys[0]).not.toHaveProperty('d');
  });

  test('last an hour, and belong to no admin, unless told', async () => {
    const [token = ''] = await mintTokens(['a'], { folder });
    const { payload } = await verify(token);
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(3_600);
    expect(payload).not.toHaveProperty('role');
    const [admin = ''] = await mintTokens(['a'], { folder, admin: true });
    expect((await verify(admin)).payload).toMatchObject({ role: 'admin' });
  });

  test('have expired with a negative time', async () => {
    const [token = ''] = await mintTokens(['a'], { folder, ttlSeconds: -1 });
    await expect(verify(token)).rejects.toThrow('"exp" claim timestamp check failed');
  });
});

describe('the command line', () => {
  test.each([
    [['a', 'b'], { admin: false, ttlSeconds: 3_600, subjects: ['a', 'b'] }],
    [['--admin', '--ttl', '-5', 'a'], { admin: true, ttlSeconds: -5, subjects: ['a'] }],
    [['a', '--ttl=7'], { admin: false, ttlSeconds: 7, subjects: ['a'] }],
    [['--', '--admin'], { admin: false, ttlSeconds: 3_600, subjects: ['--admin'] }],
  ])('%j', (args, expected) => {
    expect(parseTokenArguments(args)).toEqual(expected);
  });

  test.each([
    [[]],
    [['--ttl']],
    [['--ttl', '1.5', 'a']],
    [['--root', 'a']],
    [['a b']],
    [['x'.repeat(65)]],
    [['']],
  ])('refuses %j', (args) => {
    expect(() => parseTokenArguments(args)).toThrow(/^[^\n]+$/);
  });
});
