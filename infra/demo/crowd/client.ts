import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { types } from 'node:util';
import type { Exchange, Outcome, RequestKind } from '../../audit/exchange.ts';
import { describeError } from '../../local/launch-error.ts';

/** The API gateway gives up after 30 s; a client does so too. */
const requestTimeoutMs = 30_000;
/**
 * Far below the 5 s after which the server closes an idle connection, also when it has been busy for seconds: a request
 * at the same moment would be lost on it.
 */
const idleLimitMs = 2_000;

export type Call = {
  readonly kind: RequestKind;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: object;
  readonly idempotencyKey?: string;
  readonly etag?: string;
  /** Cuts the connection so many ms after sending, whether or not the answer has come. */
  readonly abortAfterMs?: number;
};

export type Caller = { readonly userId: string; readonly stay: number; readonly token: string };

export type Reply = {
  readonly outcome: Outcome;
  readonly etag: string | undefined;
  readonly retryAfterMs: number | undefined;
};

/** Sends requests over kept-alive connections, and keeps a record of each. */
export class Client {
  readonly exchanges: Exchange[] = [];
  readonly #origin: URL;
  readonly #agent: Agent;
  /** What the monotonic clock showed is so many ms after 1970: later steps of the system's clock change nothing. */
  readonly #epochMs = Date.now() - performance.now();

  /** @param maxInFlight the bound on connections; a request above it waits, and its waiting counts as its time. */
  constructor(origin: string, maxInFlight: number) {
    this.#origin = new URL(origin);
    this.#agent = new Agent({
      keepAlive: true,
      maxSockets: maxInFlight,
      maxFreeSockets: maxInFlight,
      timeout: idleLimitMs,
    });
  }

  /** Never throws: a request without an answer is an outcome like any other. */
  async send(call: Call, caller: Caller): Promise<Reply> {
    const body = call.body === undefined ? null : JSON.stringify(call.body);
    const sentAtMs = this.#nowMs();
    const reply = await this.#exchange(call, caller.token, body);
    this.exchanges.push({
      kind: call.kind,
      userId: caller.userId,
      stay: caller.stay,
      idempotencyKey: call.idempotencyKey ?? null,
      path: call.path,
      body,
      sentAtMs,
      endedAtMs: this.#nowMs(),
      outcome: call.kind === 'read seats' ? withoutMap(reply.outcome) : reply.outcome,
    });
    return reply;
  }

  close(): void {
    this.#agent.destroy();
  }

  #nowMs(): number {
    return this.#epochMs + performance.now();
  }

  async #exchange(call: Call, token: string, body: string | null): Promise<Reply> {
    const cut = new AbortController();
    const timer = setTimeout(() => {
      cut.abort();
    }, call.abortAfterMs ?? requestTimeoutMs);
    try {
      const send = () => this.#respond(call, token, body, cut.signal);
      const response = await send().catch((error: unknown) => {
        if (error instanceof StaleConnection && call.method === 'GET') return send();
        throw error;
      });
      const { statusCode = 0, headers } = response;
      const replayed = headers['idempotency-replayed'] === 'true';
      const retryAfter = Number(headers['retry-after']);
      const retryAfterMs = Number.isFinite(retryAfter) ? retryAfter * 1000 : undefined;
      const answer = { type: 'answer', status: statusCode, text: await text(response), replayed } as const;
      const outcome: Outcome = retryAfterMs === undefined ? answer : { ...answer, retryAfterMs };
      return { outcome, etag: headers.etag, retryAfterMs };
    } catch (error) {
      // Whatever went wrong on the way, the client knows one thing only: there is no answer.
      const outcome = cut.signal.aborted
        ? ({ type: 'unknown', reason: call.abortAfterMs === undefined ? 'timeout' : 'aborted' } as const)
        : ({ type: 'unknown', reason: 'connection', code: codeOf(error) } as const);
      return { outcome, etag: undefined, retryAfterMs: undefined };
    } finally {
      clearTimeout(timer);
    }
  }

  #respond(call: Call, token: string, body: string | null, signal: AbortSignal): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const { hostname, port } = this.#origin;
    const headers = {
      authorization: `Bearer ${token}`,
      ...(body === null
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      ...(call.idempotencyKey === undefined ? {} : { 'idempotency-key': call.idempotencyKey }),
      ...(call.etag === undefined ? {} : { 'if-none-match': call.etag }),
    };
    const options = {
      agent: this.#agent,
      hostname,
      port,
      path: call.path,
      method: call.method,
      headers,
      signal,
    };
    const outgoing = request(options, resolve);
    outgoing.on('error', (cause) =>
      reject(outgoing.reusedSocket && wasClosed(cause) ? new StaleConnection('closed', { cause }) : cause),
    );
    outgoing.end(body);
    return promise;
  }
}

/**
 * A kept connection failed under its next request: the server may have closed it at that moment. What only reads is sent
 * once more then, as RFC 9110, section 9.2.2, lets a client do; of anything else nobody knows whether it was done.
 */
class StaleConnection extends Error {}

const wasClosed = (error: NodeJS.ErrnoException) => error.code === 'ECONNRESET' || error.code === 'EPIPE';

/** The code of a failed connection; what has none is told in words. */
function codeOf(error: unknown): string {
  const cause = error instanceof StaleConnection ? error.cause : error;
  // Not `instanceof`: an error of Node's own may be of another realm, as it is under Jest.
  return types.isNativeError(cause) && 'code' in cause ? String(cause.code) : describeError(cause);
}

/** A seat map is long and nothing is judged by it, so it is not kept. */
function withoutMap(outcome: Outcome): Outcome {
  return outcome.type === 'answer' && outcome.status === 200 ? { ...outcome, text: '' } : outcome;
}
