/** A function, and what it is called with. */
export interface Invocation {
  readonly functionName:
    | 'charge-wallet'
    | 'pay-hold'
    | 'cancel-reservation'
    | 'hold-seats'
    | 'relay-outbox'
    | 'consume-reservation-events'
    | 'consume-reservation-requests';
  /** Of the function's own trigger; of a consumer the topic, whose event source mapping makes the batches. */
  readonly event: unknown;
  /** What the function is told it has left. */
  readonly remainingMs: number;
}

/** What a function of the HTTP API answers. */
export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const requestMs = 10_000;

/** A request as API Gateway hands it over, as far as the functions look at it. */
export const httpInvocation = (
  functionName: Invocation['functionName'],
  routeKey: string,
  request: {
    readonly token: string;
    readonly body?: object;
    readonly idempotencyKey?: string;
    readonly path?: Readonly<Record<string, string>>;
  },
): Invocation => ({
  functionName,
  remainingMs: requestMs,
  event: {
    version: '2.0',
    routeKey,
    headers: {
      authorization: `Bearer ${request.token}`,
      'content-type': 'application/json',
      ...(request.idempotencyKey === undefined ? {} : { 'idempotency-key': request.idempotencyKey }),
    },
    isBase64Encoded: false,
    body: JSON.stringify(request.body ?? {}),
    pathParameters: request.path ?? {},
  },
});
