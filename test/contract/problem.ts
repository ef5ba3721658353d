import type { Answer } from './http.ts';

const problemMembers = ['type', 'title', 'detail', 'requestId'] as const;

type Members = {
  readonly [Member in 'type' | 'title' | 'status' | 'detail' | 'requestId' | 'errors' | 'pointer']?: unknown;
};

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function pointersAreListed(body: Members): boolean {
  const errors = body.errors;
  return (
    Array.isArray(errors) &&
    errors.length > 0 &&
    errors.every((e) => isObject(e) && typeof e.pointer === 'string' && typeof e.detail === 'string')
  );
}

/** What every error answer owes: RFC 9457 members, its media type, `no-store`, and what its status adds. */
function faults(answer: Answer, body: Members): string[] {
  const found: string[] = [];
  if (!/^application\/problem\+json\b/.test(answer.headers['content-type'] ?? ''))
    found.push(`content-type ${answer.headers['content-type']}`);
  if (answer.headers['cache-control'] !== 'no-store')
    found.push(`cache-control ${answer.headers['cache-control']}`);
  if (body.status !== answer.status) found.push(`status member ${String(body.status)}`);
  for (const member of problemMembers)
    if (typeof body[member] !== 'string' || body[member] === '') found.push(`no ${member}`);
  if (answer.status === 401 && !/^Bearer\b/.test(answer.headers['www-authenticate'] ?? ''))
    found.push('no WWW-Authenticate');
  const mayBeRepeated = answer.status === 503 || body.type === 'urn:problem:request-in-progress';
  if (mayBeRepeated && !/^\d+$/.test(answer.headers['retry-after'] ?? '')) found.push('no Retry-After');
  if (body.type === 'urn:problem:invalid-request' && !pointersAreListed(body)) found.push('no errors');
  if (answer.headers['idempotency-replayed'] !== undefined && !storable.has(answer.status))
    found.push('replayed, though such an answer is never stored');
  return found;
}

const storable = new Set([402, 409]);

/**
 * An answer in one line, to compare with e.g. `'404 not-found'`. Anything but a problem as the contract wants it
 * reads differently and says what is wrong with it.
 */
export function problem(answer: Answer): string {
  const body = answer.json;
  if (!isObject(body)) return `${answer.status}, no problem: ${answer.text.slice(0, 200)}`;
  const type = String(body.type);
  if (!type.startsWith('urn:problem:')) return `${answer.status}, no problem: ${answer.text.slice(0, 200)}`;
  const found = faults(answer, body);
  const line = `${answer.status} ${type.slice('urn:problem:'.length)}`;
  return found.length === 0 ? line : `${line}, but: ${found.join(', ')}`;
}

/** The pointers of a 422, for a test that wants to know which member was found wrong. */
export function pointers(answer: Answer): string[] {
  const errors = isObject(answer.json) ? answer.json.errors : undefined;
  return Array.isArray(errors) ? errors.map((e) => (isObject(e) ? String(e.pointer) : '')) : [];
}

/** The status of a success, the problem of anything else: one line to count or compare. */
export const outcome = (answer: Answer): string =>
  answer.status < 300 ? String(answer.status) : problem(answer);
