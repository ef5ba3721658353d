import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { rewriteEndpoint } from './rewrite-endpoint.ts';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** What the proxy does to the connections it has and to those that come. */
export type Fault =
  /** Passes everything on. */
  | { readonly kind: 'none' }
  /** Nobody listens: connections are cut, new ones refused as by a dead server. */
  | { readonly kind: 'refuse' }
  /** Connections are taken and kept, and not a byte passes either way: a lost network. */
  | { readonly kind: 'black-hole' }
  /** Requests arrive and take effect, replies do not come back; what lost one is cut when that ends. */
  | { readonly kind: 'lose-replies' }
  /** Everything passes, each way this much later. */
  | { readonly kind: 'delay'; readonly delayMs: number };

export interface FaultProxy {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** Takes effect on open connections too; what a black hole has swallowed is passed on when it ends. */
  set(fault: Fault): Promise<void>;
  /** Cuts every open connection once; new ones are served. */
  cut(): void;
  /** Lets nothing pass on the open connections any more, without a word of their end; new ones are served. */
  strand(): void;
  /**
   * Cuts the next connection whose request matches, after the server has answered it and before the answer is
   * passed on: an effect whose reply is lost. Resolves when that has happened.
   */
  loseReplyTo(request: RegExp): Promise<void>;
  close(): Promise<void>;
}

/** One direction of a connection. */
interface Way {
  /** Resolves when everything that is delayed has passed. */
  passed: Promise<void>;
  delayed: number;
}

interface Link {
  readonly client: Socket;
  readonly server: Socket;
  /** Its next reply is the one to lose. */
  doomed: boolean;
  /** Bytes of it were dropped: it cannot go on once bytes pass again, as no TCP connection could. */
  torn: boolean;
  /** Nothing passes on it any more, whatever the fault. */
  stranded: boolean;
  readonly requests: Way;
  readonly replies: Way;
}

interface State {
  fault: Fault;
  readonly links: Set<Link>;
  readonly held: (() => void)[];
  lost: { readonly request: RegExp; readonly done: () => void } | undefined;
}

function destroyLink(link: Link): void {
  link.client.destroy();
  link.server.destroy();
}

const newWay = (): Way => ({ passed: Promise.resolve(), delayed: 0 });

/** As TCP does: what comes later never overtakes what is still delayed. */
function passInOrder(way: Way, delayMs: number, write: () => void): void {
  if (delayMs === 0 && way.delayed === 0) {
    write();
    return;
  }
  const dueMs = performance.now() + delayMs;
  way.delayed += 1;
  way.passed = passLater(way.passed, way, dueMs, write);
}

async function passLater(earlier: Promise<void>, way: Way, dueMs: number, write: () => void): Promise<void> {
  await earlier;
  await sleep(Math.max(0, dueMs - performance.now()), undefined, { ref: false });
  way.delayed -= 1;
  write();
}

/** Passes a chunk on as the fault of the moment has it. */
function deliver(state: State, link: Link, chunk: Buffer, isReply: boolean): void {
  if (link.stranded) return;
  const to = isReply ? link.client : link.server;
  const write = () => {
    if (!to.destroyed) to.write(chunk);
  };
  const { fault } = state;
  const way = isReply ? link.replies : link.requests;
  if (fault.kind === 'black-hole') state.held.push(() => passInOrder(way, 0, write));
  else if (fault.kind === 'delay') passInOrder(way, fault.delayMs, write);
  else if (fault.kind === 'none' || (fault.kind === 'lose-replies' && !isReply)) passInOrder(way, 0, write);
  else link.torn = true;
}

function join(state: State, client: Socket, target: Endpoint, rewrite: (reply: Buffer) => Buffer): void {
  const server = connect({ host: target.host, port: target.port, noDelay: true });
  const ways = { requests: newWay(), replies: newWay() };
  const link: Link = { client, server, doomed: false, torn: false, stranded: false, ...ways };
  state.links.add(link);
  client.setNoDelay(true);
  client.on('data', (chunk) => {
    if (state.lost?.request.test(chunk.toString('latin1')) === true) link.doomed = true;
    deliver(state, link, chunk, false);
  });
  server.on('data', (chunk) => {
    if (!link.doomed) return deliver(state, link, rewrite(chunk), true);
    state.lost?.done();
    state.lost = undefined;
    destroyLink(link);
  });
  for (const socket of [client, server]) {
    // A cut connection is what the proxy is for; the other half is told by the close that follows.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      state.links.delete(link);
      destroyLink(link);
    });
  }
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return address.port;
}

async function stopListening(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  await closed;
}

/**
 * A TCP proxy before one server, on a free loopback port, that fails on demand. With `rewriteReplies` it also puts
 * its own port where the server's replies name the server's (Kafka's brokers tell their clients where to go on).
 */
export async function startFaultProxy(
  target: Endpoint,
  { rewriteReplies = false }: { readonly rewriteReplies?: boolean } = {},
): Promise<FaultProxy> {
  const state: State = { fault: { kind: 'none' }, links: new Set(), held: [], lost: undefined };
  let port = 0;
  const rewrite = (reply: Buffer) => (rewriteReplies ? rewriteEndpoint(reply, target, port) : reply);
  const server = createServer((client) => join(state, client, target, rewrite));
  port = await listen(server, 0);
  const cut = () => {
    for (const link of state.links) destroyLink(link);
  };
  return {
    host: '127.0.0.1',
    port,
    cut,
    strand: () => {
      for (const link of state.links) link.stranded = true;
    },
    async set(fault) {
      state.fault = fault;
      for (const link of state.links) if (link.torn) destroyLink(link);
      if (fault.kind !== 'black-hole') for (const pass of state.held.splice(0)) pass();
      if (fault.kind === 'refuse') {
        cut();
        await stopListening(server);
      } else if (!server.listening) await listen(server, port);
    },
    loseReplyTo: (request) =>
      new Promise((done) => {
        state.lost = { request, done };
      }),
    async close() {
      cut();
      await stopListening(server);
    },
  };
}
