import type { SeatId } from './ids.ts';

/**
 * Every way in which the system says no, in one table; types, HTTP answers and documentation derive from it.
 *
 * - `status`, `title`: what RFC 9457 calls so.
 * - `stored`: whether an `Idempotency-Key` keeps this answer. Only answers about the state of things are kept;
 *   every other leaves the key unused, so that the same request may be sent again.
 * - `retryAfterSeconds`: present where the same request may succeed later without being changed.
 */
export const problems = {
  'malformed-request': { status: 400, title: 'The request cannot be read', stored: false },
  'idempotency-key-missing': { status: 400, title: 'Idempotency-Key is missing', stored: false },
  'idempotency-key-invalid': { status: 400, title: 'Idempotency-Key is not valid', stored: false },
  unauthenticated: { status: 401, title: 'A valid bearer token is needed', stored: false },
  'insufficient-points': { status: 402, title: 'The balance is too low', stored: true },
  forbidden: { status: 403, title: 'Not allowed', stored: false },
  'not-admitted': { status: 403, title: 'Not admitted to this performance', stored: false },
  'not-found': { status: 404, title: 'No such thing', stored: false },
  'not-in-queue': { status: 404, title: 'Not in the queue', stored: false },
  'extension-limit': { status: 409, title: 'The hold was extended before', stored: true },
  'hold-expired': { status: 409, title: 'The hold has expired', stored: true },
  'hold-released': { status: 409, title: 'The hold was released', stored: true },
  'hold-paid': { status: 409, title: 'The hold was paid', stored: true },
  'no-adjacent-seats': { status: 409, title: 'No seats side by side', stored: true },
  'already-cancelled': { status: 409, title: 'The reservation was cancelled', stored: true },
  'performance-started': { status: 409, title: 'The performance has begun', stored: true },
  'request-in-progress': {
    status: 409,
    title: 'The first request with this key is still running',
    stored: false,
    retryAfterSeconds: 1,
  },
  'seat-limit': { status: 409, title: 'Too many seats for one person', stored: true },
  'seat-unavailable': { status: 409, title: 'A seat is taken', stored: true },
  'request-too-large': { status: 413, title: 'The body is too large', stored: false },
  'unsupported-media-type': { status: 415, title: 'The body must be application/json', stored: false },
  'balance-limit': { status: 422, title: 'The balance would become too high', stored: false },
  'idempotency-key-reused': { status: 422, title: 'The key belongs to another request', stored: false },
  'invalid-request': { status: 422, title: 'The request is not valid', stored: false },
  internal: { status: 500, title: 'Something went wrong', stored: false },
  unavailable: { status: 503, title: 'Temporarily unavailable', stored: false, retryAfterSeconds: 1 },
} as const satisfies Record<
  string,
  { status: number; title: string; stored: boolean; retryAfterSeconds?: number }
>;

export type ProblemSlug = keyof typeof problems;

/** One fault of a request: where (a JSON pointer as RFC 9457 writes it, `#/seats/rows`) and what. */
export interface RequestFault {
  readonly pointer: string;
  readonly detail: string;
}

/** The members that a problem has beyond the common ones. */
interface ProblemMembers {
  'insufficient-points': { readonly balance: number; readonly amount: number };
  'invalid-request': { readonly errors: readonly RequestFault[] };
  'seat-unavailable': { readonly seatIds: readonly SeatId[] };
}

export type MembersOf<Slug extends ProblemSlug> = Slug extends keyof ProblemMembers
  ? ProblemMembers[Slug]
  : Record<never, never>;

type ProblemArguments<Slug extends ProblemSlug> = Slug extends keyof ProblemMembers
  ? [detail: string, members: ProblemMembers[Slug], options?: ErrorOptions]
  : [detail: string, members?: undefined, options?: ErrorOptions];

/**
 * A refusal that the caller is told of, named by its slug. `detail` is public: no secret, no internal name.
 * Everything that is not one of these is a defect and reaches the client as `internal` without its text.
 */
export class Problem<Slug extends ProblemSlug = ProblemSlug> extends Error {
  override readonly name = 'Problem';
  readonly slug: Slug;
  readonly detail: string;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(slug: Slug, ...[detail, members, options]: ProblemArguments<Slug>) {
    super(`${slug}: ${detail}`, options);
    this.slug = slug;
    this.detail = detail;
    this.members = { ...members };
  }
}

/** `instanceof` alone would leave the slug untyped. */
export const isProblem = (error: unknown): error is Problem => error instanceof Problem;

/** The problem as RFC 9457 writes it. */
export function describeProblem(problem: Problem, requestId: string): object {
  const { status, title } = problems[problem.slug];
  const type = `urn:problem:${problem.slug}`;
  return { type, title, status, detail: problem.detail, requestId, ...problem.members };
}

/** The services that an answer may depend on. */
export type Dependency = 'redis' | 'postgres' | 'kafka' | 'secrets' | 'issuer';

/** A service did not do its part in time, or cannot be reached. Maps to 503; nothing was lost. */
export class DependencyError extends Error {
  override readonly name: string = 'DependencyError';
  readonly dependency: Dependency;

  constructor(dependency: Dependency, cause: unknown) {
    super(`${dependency} is unavailable: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
    this.dependency = dependency;
  }
}
