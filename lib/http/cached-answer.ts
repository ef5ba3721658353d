import { createHash } from 'node:crypto';
import type { Answer } from './answer.ts';

/**
 * An answer to a public read: the same bytes for everybody, with a strong `ETag`, cacheable at the edge for
 * `maxAgeSeconds` and no longer: an edge that is told nothing else gives the old answer as long as it gets a 5xx (RFC
 * 5861); 304 when the client has those bytes already (RFC 9110, 13.1.2).
 */
export function cachedAnswer(body: object, ifNoneMatch: string | undefined, maxAgeSeconds = 1): Answer {
  const text = JSON.stringify(body);
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`;
  const headers = { etag, 'cache-control': `public, max-age=${maxAgeSeconds}, stale-if-error=0` };
  if (matches(ifNoneMatch, etag)) return { status: 304, headers };
  return { status: 200, text, headers: { 'content-type': 'application/json', ...headers } };
}

function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const candidates = ifNoneMatch.split(',').map((candidate) => candidate.trim().replace(/^W\//, ''));
  return candidates.includes(etag) || candidates.includes('*');
}
