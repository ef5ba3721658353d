import { randomBytes, randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import { localFolder } from './paths.ts';
import { isSystemError } from './system-error.ts';

export const keysFolder = join(localFolder, 'keys');

/** Writes a file unless it is there, whole or not at all; of several at once all get the same content back. */
function writeOnce(file: string, content: string): string {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, content, { mode: 0o600 });
  try {
    linkSync(draft, file);
  } catch (error) {
    if (!isSystemError(error, 'EEXIST')) throw error;
  } finally {
    rmSync(draft);
  }
  return readFileSync(file, 'utf8');
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function newSigningKey(): Promise<string> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = await exportJWK(privateKey);
  return JSON.stringify({ ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'ES256', use: 'sig' });
}

/** The private ES256 key (JWK) that signs the tokens of this clone; made on first use, then kept. */
export async function signingKey(folder = keysFolder): Promise<JWK> {
  const file = join(folder, 'signing-key.json');
  // Written by newSigningKey alone.
  return JSON.parse(readIfThere(file) ?? writeOnce(file, await newSigningKey())) as JWK;
}

/** The key set, as JSON, against which the functions check tokens: the public half alone. */
export async function publicKeySet(folder = keysFolder): Promise<string> {
  const { kty, crv, x, y, kid, alg, use } = await signingKey(folder);
  return JSON.stringify({ keys: [{ kty, crv, x, y, kid, alg, use }] });
}

/** The key that signs queue receipts; made on first use, then kept, so that receipts outlive a restart. */
export function receiptKey(folder = keysFolder): string {
  const file = join(folder, 'receipt-key');
  return readIfThere(file) ?? writeOnce(file, randomBytes(48).toString('base64url'));
}
