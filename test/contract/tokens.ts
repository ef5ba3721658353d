import { randomUUID } from 'node:crypto';
import { type CryptoKey, SignJWT } from 'jose';

/** Who signs the tokens of a run, and for whom the app takes them. */
export interface TokenIssuer {
  readonly privateKey: CryptoKey;
  readonly publicJwk: { readonly [member: string]: unknown };
  readonly kid: string | undefined;
  readonly issuer: string;
  readonly audience: string;
}

/** What a test may turn wrong in an otherwise good token. */
export interface TokenChanges {
  readonly key?: CryptoKey | Uint8Array;
  readonly header?: { readonly [member: string]: unknown };
  /** Merged over the good claims; `undefined` takes a claim away. */
  readonly claims?: { readonly [claim: string]: unknown };
}

/** A token that is good for an hour but for `changes`. */
export async function mintToken(
  issuer: TokenIssuer,
  sub: string,
  changes: TokenChanges = {},
): Promise<string> {
  const nowSeconds = Math.floor(Date.now() / 1000);
  const claims = {
    sub,
    iss: issuer.issuer,
    aud: issuer.audience,
    iat: nowSeconds,
    exp: nowSeconds + 3600,
    ...changes.claims,
  };
  const kid = issuer.kid === undefined ? {} : { kid: issuer.kid };
  const kept = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
  return new SignJWT(kept)
    .setProtectedHeader({ alg: 'ES256', typ: 'JWT', ...kid, ...changes.header })
    .sign(changes.key ?? issuer.privateKey);
}

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');

/** A token with the given header and claims and whatever stands for its signature. */
export function forgeToken(header: object, claims: object, signature: string): string {
  return `${encode(header)}.${encode(claims)}.${signature}`;
}

/** A user id nobody has used before. */
export const newUserId = (prefix = 'user') => `${prefix}-${randomUUID()}`;
