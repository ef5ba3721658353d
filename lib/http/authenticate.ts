import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { DependencyError, Problem } from '../errors.ts';
import { idPattern, type UserId } from '../ids.ts';
import { issuerKeys } from './issuer-keys.ts';

export interface AuthSettings {
  readonly issuer: string;
  readonly audience: string;
  /** Where the public keys are, or the keys themselves. */
  readonly keys: { readonly url: string; readonly freshForMs?: number } | { readonly jwks: JSONWebKeySet };
}

export interface Identity {
  readonly userId: UserId;
  readonly admin: boolean;
}

/** Turns an `Authorization` header into who is asking. */
export type Authenticate = (header: string | undefined) => Promise<Identity>;

/**
 * The check of bearer tokens: ES256 alone, the issuer, the audience, the times, and a subject that can be a
 * user id. For keys from a URL see `issuerKeys`.
 *
 * The returned function throws Problem `unauthenticated`.
 */
export function createAuthenticate(settings: AuthSettings): Authenticate {
  const keySet: JWTVerifyGetKey =
    'jwks' in settings.keys
      ? createLocalJWKSet(settings.keys.jwks)
      : issuerKeys(new URL(settings.keys.url), settings.keys.freshForMs);
  const rules = {
    algorithms: ['ES256'],
    issuer: settings.issuer,
    audience: settings.audience,
    requiredClaims: ['exp', 'sub'],
  };

  return async (header) => {
    const token = /^Bearer +([^\s]+)$/i.exec(header ?? '')?.[1];
    if (token === undefined) throw new Problem('unauthenticated', 'Send Authorization: Bearer <token>.');
    const { payload } = await jwtVerify(token, keySet, rules).catch((error: unknown) => {
      throw refusalFor(error);
    });
    const subject: unknown = payload.sub;
    if (typeof subject !== 'string' || !idPattern.test(subject)) {
      throw new Problem('unauthenticated', 'The subject of the token cannot be a user.');
    }
    // The pattern above is what makes a string a user id.
    return { userId: subject as UserId, admin: payload['role'] === 'admin' };
  };
}

/** Keys that cannot be fetched or read are the issuer's outage; every other failure is the token's. */
function refusalFor(error: unknown): Error {
  if (!(error instanceof errors.JOSEError) || issuersFaults.has(error.code)) {
    return new DependencyError('issuer', error);
  }
  return new Problem('unauthenticated', 'The token is not valid.', undefined, { cause: error });
}

/** The generic one is what jose throws for a status that is not 200 and for a body that is not JSON. */
const issuersFaults = new Set([errors.JWKSTimeout.code, errors.JWKSInvalid.code, errors.JOSEError.code]);
