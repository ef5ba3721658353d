import type { Runtime } from '../runtime.ts';
import type { Answer } from './answer.ts';
import type { Identity } from './authenticate.ts';
import type { Shape } from './read-body.ts';

/** Who may ask: everybody, whoever has a token, or an admin. */
export type Access = 'public' | 'user' | 'admin';

/** A request that has passed every check that can be made without looking at the state of things. */
export interface Request<A extends Access, Body, Query> {
  readonly identity: A extends 'public' ? undefined : Identity;
  readonly body: Body;
  readonly query: Query;
  /** Present on endpoints that require one. */
  readonly idempotencyKey: string;
  /** The path parameters, each of which can be an id. */
  readonly path: PathIds;
  readonly ifNoneMatch: string | undefined;
  readonly requestId: string;
}

/** The names of the path parameters of all routes; a route has those that its path names. */
export interface PathIds {
  /** @throws Problem `not-found` when the value cannot be an id, or the route has no such parameter */
  id<Id extends string>(name: 'performanceId' | 'holdId' | 'reservationId' | 'requestId'): Id;
}

/** One route: what is checked before it, and what answers it. */
export interface Endpoint<A extends Access = Access, Body = unknown, Query = unknown> {
  readonly access: A;
  /** The shape of the JSON body; without one the body is not looked at. */
  readonly body?: Shape<Body>;
  /** Whether the body may be left out; `body` then has to accept undefined. */
  readonly bodyOptional?: true;
  readonly query?: Shape<Query>;
  /** Whether an `Idempotency-Key` is required. */
  readonly idempotent?: true;
  readonly handle: (request: Request<A, Body, Query>, runtime: Runtime) => Promise<Answer>;
}

/** Lets TypeScript infer the types of one endpoint from its shapes. */
export function endpoint<A extends Access, Body = undefined, Query = undefined>(
  definition: Endpoint<A, Body, Query>,
): Endpoint {
  // Sound: the handler gives `handle` nothing but what the shapes of this very definition have produced.
  return definition as unknown as Endpoint;
}
