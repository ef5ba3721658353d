import { importJWK, SignJWT } from 'jose';
import { keysFolder, signingKey } from './keys.ts';

export const localIssuer = 'http://127.0.0.1/concert-reservation';
export const localAudience = 'concert-reservation';

export interface TokenOptions {
  readonly admin?: boolean;
  /** Time to live; negative for a token that has expired. One hour unless told. */
  readonly ttlSeconds?: number;
  readonly folder?: string;
}

/** Signs a bearer token for each subject, in order, with the key of this clone. */
export async function mintTokens(subjects: readonly string[], options: TokenOptions = {}): Promise<string[]> {
  const { admin = false, ttlSeconds = 3_600, folder = keysFolder } = options;
  const jwk = await signingKey(folder);
  const key = await importJWK(jwk, 'ES256');
  const issuedAt = Math.floor(Date.now() / 1_000);
  const header = { alg: 'ES256', typ: 'JWT', ...(jwk.kid === undefined ? {} : { kid: jwk.kid }) };
  return Promise.all(
    subjects.map((subject) =>
      new SignJWT(admin ? { role: 'admin' } : {})
        .setProtectedHeader(header)
        .setSubject(subject)
        .setIssuer(localIssuer)
        .setAudience(localAudience)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + ttlSeconds)
        .sign(key),
    ),
  );
}
