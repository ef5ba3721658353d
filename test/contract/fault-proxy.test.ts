import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { rewriteEndpoint } from './rewrite-endpoint.ts';

/** Answers each chunk with itself in capitals, and counts what arrived. */
let arrived: string[] = [];
const echo = createServer((socket) => {
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => {
    arrived.push(chunk.toString());
    socket.write(chunk.toString().toUpperCase());
  });
});
let proxy: FaultProxy;
const sockets: Socket[] = [];

beforeAll(async () => {
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const address = echo.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  proxy = await startFaultProxy({ host: '127.0.0.1', port: address.port });
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await proxy.set({ kind: 'none' });
  arrived = [];
});
afterAll(async () => {
  await proxy.close();
  echo.close();
});

async function open(): Promise<Socket> {
  const socket = connect(proxy.port, proxy.host);
  socket.on('error', () => undefined);
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

/** The reply within 300 ms, or what came instead. */
async function ask(socket: Socket, text: string): Promise<string> {
  const reply = once(socket, 'data').then(([chunk]) => String(chunk));
  const closed = once(socket, 'close').then(() => 'closed');
  socket.write(text);
  return Promise.race([reply, closed, sleep(300, 'nothing')]);
}

test('passes on both ways', async () => {
  expect(await ask(await open(), 'a')).toBe('A');
});

test('refuse: what is open is cut, what comes is refused, and later it serves on the same port', async () => {
  const socket = await open();
  const closed = once(socket, 'close');
  await proxy.set({ kind: 'refuse' });
  await closed;
  const refused = connect(proxy.port, proxy.host);
  const [error] = await once(refused, 'error');
  expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  await proxy.set({ kind: 'none' });
  expect(await ask(await open(), 'b')).toBe('B');
});

test('black hole: connections stay, nothing passes until it ends', async () => {
  const before = await open();
  await proxy.set({ kind: 'black-hole' });
  expect(await ask(before, 'c')).toBe('nothing');
  expect(await ask(await open(), 'd')).toBe('nothing');
  expect(arrived).toEqual([]);
  const reply = once(before, 'data');
  await proxy.set({ kind: 'none' });
  expect(String((await reply)[0])).toBe('C');
});

test('lose replies: requests arrive, replies do not, and what lost one is cut in the end', async () => {
  const [socket, idle] = [await open(), await open()];
  await proxy.set({ kind: 'lose-replies' });
  expect(await ask(socket, 'e')).toBe('nothing');
  expect(arrived).toEqual(['e']);
  const closed = once(socket, 'close');
  await proxy.set({ kind: 'none' });
  await closed;
  expect(await ask(idle, 'i')).toBe('I');
});

test('delay: what comes when it is over does not overtake what is delayed', async () => {
  const socket = await open();
  let heard = '';
  socket.on('data', (chunk) => {
    heard += String(chunk);
  });
  await proxy.set({ kind: 'delay', delayMs: 60 });
  socket.write('a');
  await sleep(20);
  await proxy.set({ kind: 'none' });
  socket.write('b');
  await sleep(200);
  expect([arrived.join(''), heard]).toEqual(['ab', 'AB']);
});

test('delay: everything passes, later', async () => {
  const socket = await open();
  await proxy.set({ kind: 'delay', delayMs: 60 });
  const startedAt = performance.now();
  expect(await ask(socket, 'f')).toBe('F');
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(115);
});

test('the reply to one request is lost after its effect; other connections go on', async () => {
  const [one, other] = [await open(), await open()];
  const lost = proxy.loseReplyTo(/commit/);
  expect(await ask(other, 'select')).toBe('SELECT');
  expect(await ask(one, 'commit')).toBe('closed');
  await lost;
  expect(arrived).toEqual(['select', 'commit']);
  expect(await ask(other, 'commit')).toBe('COMMIT');
});

test('cut: once', async () => {
  const socket = await open();
  const closed = once(socket, 'close');
  proxy.cut();
  await closed;
  expect(await ask(await open(), 'g')).toBe('G');
});

/** How Kafka names a broker in a reply. */
const brokerNamed = (host: string, port: number) => {
  const bytes = Buffer.alloc(host.length + 6);
  bytes.writeInt16BE(host.length);
  bytes.write(host, 2);
  bytes.writeInt32BE(port, host.length + 2);
  return bytes;
};

test('an endpoint in a reply is changed in its place, another is not', () => {
  const target = { host: '127.0.0.1', port: 40_001 };
  const reply = Buffer.concat([
    brokerNamed('127.0.0.1', 40_001),
    brokerNamed('127.0.0.1', 40_002),
    brokerNamed('127.0.0.1', 40_001),
  ]);
  const wanted = Buffer.concat([
    brokerNamed('127.0.0.1', 7),
    brokerNamed('127.0.0.1', 40_002),
    brokerNamed('127.0.0.1', 7),
  ]);
  expect(rewriteEndpoint(reply, target, 7)).toEqual(wanted);
});
