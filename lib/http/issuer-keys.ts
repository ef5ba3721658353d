import { createRemoteJWKSet, type JWTVerifyGetKey } from 'jose';
import { logger } from '../log.ts';

const fetchWithinMs = 1_500;
/** How long keys are believed when the issuer does not answer: so long a key that was withdrawn may count, too. */
const believedForMs = 24 * 3_600_000;

/**
 * The keys of an issuer by their URL: fetched once and kept (jose), and again when a token names one that is not among
 * them, or after `freshForMs`. An issuer that is away then stops nobody whose key is known, and is not asked again before
 * that time is over once more: the question may cost its caller all the time that a request has.
 *
 * The returned function throws what jose does; of the fetch only when the key is not known.
 */
export function issuerKeys(url: URL, freshForMs = 600_000): JWTVerifyGetKey {
  const remote = createRemoteJWKSet(url, { timeoutDuration: fetchWithinMs, cacheMaxAge: believedForMs });
  let askedAtMs = performance.now();
  return async (header, token) => {
    if (remote.jwks() !== undefined && performance.now() - askedAtMs >= freshForMs) {
      askedAtMs = performance.now();
      // The keys of before are still there.
      await remote.reload().catch((cause: unknown) => logger.warn('The issuer does not answer', { cause }));
    }
    return remote(header, token);
  };
}
