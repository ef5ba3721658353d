import { Agent, request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';

/** One request, as bare as a client can send it: nothing is normalised, escaped or added on the way. */
export interface Call {
  readonly method?: string;
  /** Sent as it is, query included. */
  readonly path: string;
  readonly token?: string | undefined;
  /** `Idempotency-Key`. */
  readonly key?: string | undefined;
  readonly headers?: OutgoingHttpHeaders;
  /** Sent as JSON, with `Content-Type: application/json` unless `headers` says otherwise. */
  readonly json?: unknown;
  /** Sent as it is, with no content type of its own. */
  readonly raw?: string | Buffer;
  /** Ends the request from the client's side. */
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The parsed body; undefined when it is not JSON. */
  readonly json: unknown;
  readonly tookMs: number;
}

export type Send = (call: Call) => Promise<Answer>;

/** No answer of the contract takes longer than this; a test that waits longer has found a defect. */
const answerLimitMs = 15_000;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON is a finding for the test that looks at it, not a failure of the client.
    return undefined;
  }
}

function headersOf(call: Call, body: string | Buffer | undefined): OutgoingHttpHeaders {
  return {
    ...(call.json === undefined ? {} : { 'content-type': 'application/json' }),
    ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
    ...(call.token === undefined ? {} : { authorization: `Bearer ${call.token}` }),
    ...(call.key === undefined ? {} : { 'idempotency-key': call.key }),
    ...call.headers,
  };
}

/**
 * Far below the 5 s after which the server closes an idle connection, also when it has been busy for seconds: a request
 * at the same moment would be lost on it.
 */
const idleLimitMs = 2_000;

/** A client of one server. `close` ends its kept connections. */
export function connectHttp(baseUrl: string): { send: Send; close(): void } {
  const { hostname, port } = new URL(baseUrl);
  const agent = new Agent({ keepAlive: true, maxSockets: 64, timeout: idleLimitMs });
  const send: Send = (call) =>
    new Promise((resolve, reject) => {
      const startedAt = performance.now();
      const body = call.json === undefined ? call.raw : JSON.stringify(call.json);
      const request = httpRequest(
        {
          hostname,
          port,
          agent,
          method: call.method ?? (body === undefined ? 'GET' : 'POST'),
          path: call.path,
          headers: headersOf(call, body),
          timeout: answerLimitMs,
          ...(call.signal === undefined ? {} : { signal: call.signal }),
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8');
            const tookMs = performance.now() - startedAt;
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              text,
              json: parse(text),
              tookMs,
            });
          });
        },
      );
      request.on('timeout', () =>
        request.destroy(new Error(`no answer to ${call.path} in ${answerLimitMs} ms`)),
      );
      request.on('error', reject);
      request.end(body);
    });
  return { send, close: () => agent.destroy() };
}
