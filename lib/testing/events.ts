import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';

export interface HttpCall {
  readonly routeKey: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
  readonly pathParameters?: Readonly<Record<string, string>>;
  readonly queryStringParameters?: Readonly<Record<string, string>>;
}

/** What API Gateway hands over, as far as our handlers look at it. */
export function httpEvent(call: HttpCall): APIGatewayProxyEventV2 {
  const { routeKey, body, pathParameters, queryStringParameters } = call;
  return {
    version: '2.0',
    routeKey,
    headers: { ...call.headers },
    isBase64Encoded: call.isBase64Encoded ?? false,
    ...(body === undefined ? {} : { body }),
    ...(pathParameters === undefined ? {} : { pathParameters: { ...pathParameters } }),
    ...(queryStringParameters === undefined ? {} : { queryStringParameters: { ...queryStringParameters } }),
    // The rest is never read.
  } as APIGatewayProxyEventV2;
}

/** The invocation's context, as far as our handlers look at it. */
export const lambdaContext = (awsRequestId: string, remainingMs = 60_000) =>
  ({ awsRequestId, getRemainingTimeInMillis: () => remainingMs }) as Context;
