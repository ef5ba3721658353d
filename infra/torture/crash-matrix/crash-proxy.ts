import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Endpoint } from '../../../test/contract/fault-proxy.ts';
import type { CrashGate } from './crash-gate.ts';
import type { Wire, WireProtocol } from './wire/protocol.ts';

/**
 * Passes whole requests and whole answers on between one process and a server, on a free loopback port, and has the
 * gate end the process. Closed with the stack.
 *
 * @returns the port
 */
export async function openCrashProxy(
  target: Endpoint,
  protocol: WireProtocol,
  gate: CrashGate,
  stack: AsyncDisposableStack,
): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect({ host: target.host, port: target.port, noDelay: true });
    for (const socket of [client.setNoDelay(true), upstream]) {
      sockets.add(socket);
      // What breaks here is what was meant to; the other side is told by the close that follows.
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    join({ client, upstream, wire: protocol(portOf(server)), gate });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stack.defer(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return portOf(server);
}

interface Link {
  readonly client: Socket;
  readonly upstream: Socket;
  readonly wire: Wire;
  readonly gate: CrashGate;
}

function join({ client, upstream, wire, gate }: Link): void {
  /** Steps whose answers are still to come. */
  const open: number[] = [];
  let isCut = false;
  /** As the kernel does for a process that is gone: what was sent arrives, and then the end of the connection. */
  const cut = () => {
    isCut = true;
    upstream.end();
    upstream.resume();
    client.destroy();
  };
  gate.whenCrashed(cut);
  client.on('close', cut);
  upstream.on('close', () => client.destroy());
  client.on('data', (chunk) => {
    for (const { bytes, label } of wire.requests(chunk)) {
      if (isCut) return;
      const step = gate.begin(label);
      if (gate.isAt(step, 'before')) return gate.crash();
      open.push(step);
      upstream.write(bytes);
      if (gate.isAt(step, 'sent')) return gate.crash();
    }
  });
  upstream.on('data', (chunk) => {
    for (const { bytes, isLast } of wire.replies(chunk)) {
      if (isCut) return;
      const [step = -1] = open;
      if (isLast) open.shift();
      if (!gate.isAt(step, 'answered')) client.write(bytes);
      else if (isLast) gate.crash();
    }
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return address.port;
}
