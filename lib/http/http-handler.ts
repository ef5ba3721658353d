import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { answerWithin } from '../deadline.ts';
import { Problem } from '../errors.ts';
import { idPattern } from '../ids.ts';
import { runtime } from '../runtime.ts';
import type { Answer } from './answer.ts';
import { answerProblem } from './answer-problem.ts';
import type { Identity } from './authenticate.ts';
import type { Access, Endpoint, PathIds, Request } from './endpoint.ts';
import { parseIdempotencyKey } from './idempotency-key.ts';
import { header, parseBody, parseShape, readJson } from './read-body.ts';

/** A 503 comes within 3 s: what takes longer is answered so, and repeated by the client. */
const answerDueMs = 2_700;

type HttpHandler = (
  event: APIGatewayProxyEventV2,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>;

/**
 * A Lambda handler for some routes of the HTTP API, by route key (`POST /payments`). Each request is checked
 * in the order of the contract: 401, 403, 413, 415, 400, idempotency key, 422; then its endpoint answers.
 * Never throws: every error becomes a problem.
 */
export function httpHandler(routes: Readonly<Record<string, Endpoint>>): HttpHandler {
  return async (event, context) => {
    const answer = await answerWithin(answerDueMs, () =>
      answerRequest(routes[event.routeKey], event, context.awsRequestId),
    ).catch((error: unknown) => answerProblem(error, context.awsRequestId));
    return {
      statusCode: answer.status,
      headers: { 'cache-control': 'no-store', ...answer.headers },
      ...(answer.text === undefined ? {} : { body: answer.text }),
    };
  };
}

async function answerRequest(
  route: Endpoint | undefined,
  event: APIGatewayProxyEventV2,
  requestId: string,
): Promise<Answer> {
  if (route === undefined) throw new Problem('not-found', 'There is no such route.');
  const context = await runtime();
  const identity = await identify(route.access, event, context.authenticate);
  const value = route.body === undefined ? undefined : readJson(event);
  if (route.body !== undefined && value === undefined && route.bodyOptional === undefined) {
    throw new Problem('malformed-request', 'This request needs a body.');
  }
  const idempotencyKey = route.idempotent ? parseIdempotencyKey(header(event, 'idempotency-key')) : '';
  const request: Request<Access, unknown, unknown> = {
    identity,
    idempotencyKey,
    body: route.body === undefined ? undefined : parseBody(route.body, value),
    query: route.query === undefined ? undefined : parseShape(route.query, event.queryStringParameters ?? {}),
    path: pathIds(event),
    ifNoneMatch: header(event, 'if-none-match'),
    requestId,
  };
  return route.handle(request, context);
}

async function identify(
  access: Access,
  event: APIGatewayProxyEventV2,
  authenticate: (header: string | undefined) => Promise<Identity>,
): Promise<Identity | undefined> {
  if (access === 'public') return undefined;
  const identity = await authenticate(header(event, 'authorization'));
  if (access === 'admin' && !identity.admin) throw new Problem('forbidden', 'This is for admins.');
  return identity;
}

function pathIds(event: APIGatewayProxyEventV2): PathIds {
  return {
    id: <Id extends string>(name: string) => {
      const value = event.pathParameters?.[name] ?? '';
      if (!idPattern.test(value)) throw new Problem('not-found', 'There is no such thing.');
      // The pattern above is what makes a string an id; of what, the path says.
      return value as Id;
    },
  };
}
