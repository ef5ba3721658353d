import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Random } from '../random.ts';
import { Client } from './client.ts';
import { drawHabits } from './habits.ts';
import { Person } from './person.ts';
import { Sale } from './sale.ts';

const caller = { userId: 'ann', stay: 2, token: 'a-token' };
const charge = {
  kind: 'charge wallet',
  method: 'POST',
  path: '/wallet/charges',
  body: { amount: 5 },
  idempotencyKey: 'key-1',
} as const;

let closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing) close();
  closing = [];
});

async function serve(listener: RequestListener): Promise<{ client: Client; server: Server }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server listening on a port has the address of one.
  const { port } = server.address() as AddressInfo;
  const client = new Client(`http://127.0.0.1:${port}`, 4);
  closing.push(() => {
    client.close();
    server.closeAllConnections();
    server.close();
  });
  return { client, server };
}

function personOf(client: Client): Person {
  const sale = new Sale('show', { price: 1, seats: 1, holdMs: 1 }, 60_000);
  closing.push(() => {
    sale.close();
  });
  const random = new Random(1);
  return new Person('ann', 'a-token', drawHabits(random), random, sale, client);
}

describe('a client of the crowd', () => {
  test('records what it sent and what came', async () => {
    const { client } = await serve((request, response) => {
      expect(request.headers).toMatchObject({ authorization: 'Bearer a-token', 'idempotency-key': 'key-1' });
      response.writeHead(201, { 'idempotency-replayed': 'true', etag: '"e"' }).end('{"chargeId":"c"}');
    });
    const reply = await client.send(charge, caller);
    const outcome = { type: 'answer', status: 201, text: '{"chargeId":"c"}', replayed: true };
    expect(reply).toEqual({ outcome, etag: '"e"', retryAfterMs: undefined });
    expect(client.exchanges).toMatchObject([
      {
        kind: 'charge wallet',
        userId: 'ann',
        stay: 2,
        idempotencyKey: 'key-1',
        body: '{"amount":5}',
        outcome,
      },
    ]);
  });

  test('hangs up and knows nothing', async () => {
    const { client } = await serve(() => undefined);
    const { outcome } = await client.send({ ...charge, abortAfterMs: 20 }, caller);
    expect(outcome).toEqual({ type: 'unknown', reason: 'aborted' });
  });

  test.each([
    ['GET', 'answer'],
    ['POST', 'unknown'],
  ] as const)('a kept connection that is closed under a %s: %s', async (method, type) => {
    let requests = 0;
    const { client } = await serve((request, response) => {
      requests += 1;
      if (requests === 2) request.socket.destroy();
      else response.end('{}');
    });
    await client.send(charge, caller);
    const { kind, path } = { kind: 'read wallet', path: '/wallet' } as const;
    const { outcome } = await client.send(method === 'GET' ? { kind, method, path } : charge, caller);
    expect(outcome.type).toBe(type);
    expect(requests).toBe(method === 'GET' ? 3 : 2);
  });

  test('a connection that is cut is no answer', async () => {
    const { client } = await serve((request) => request.socket.destroy());
    const { outcome } = await client.send(charge, caller);
    expect(outcome).toEqual({ type: 'unknown', reason: 'connection', code: 'ECONNRESET' });
    expect(client.exchanges).toHaveLength(1);
  });

  test('never has more connections than it may', async () => {
    let open = 0;
    let most = 0;
    const { client, server } = await serve((_, response) => {
      setTimeout(() => response.end('{}'), 20);
    });
    server.on('connection', (socket) => {
      open += 1;
      most = Math.max(most, open);
      socket.once('close', () => {
        open -= 1;
      });
    });
    await Promise.all(Array.from({ length: 20 }, () => client.send(charge, caller)));
    expect(client.exchanges).toHaveLength(20);
    expect(most).toBe(4);
  });
});

describe('a person of the crowd', () => {
  test('asks again, with the same key and body, until there is an answer', async () => {
    const seen: unknown[] = [];
    const { client } = await serve((request, response) => {
      seen.push(request.headers['idempotency-key']);
      if (seen.length === 1) request.socket.destroy();
      else if (seen.length === 2)
        response.writeHead(503, { 'retry-after': '0' }).end('{"type":"urn:problem:unavailable"}');
      else if (seen.length === 3) response.writeHead(409).end('{"type":"urn:problem:request-in-progress"}');
      else response.writeHead(201).end('{"balance":5}');
    });
    expect(await personOf(client).ask(charge)).toMatchObject({ status: 201, json: { balance: 5 } });
    expect(seen).toEqual(['key-1', 'key-1', 'key-1', 'key-1']);
  });

  test('takes a refusal for an answer', async () => {
    const { client } = await serve((_, response) => {
      response.writeHead(409).end('{"type":"urn:problem:hold-paid"}');
    });
    expect(await personOf(client).ask(charge)).toMatchObject({ status: 409, slug: 'hold-paid' });
    expect(client.exchanges).toHaveLength(1);
  });

  test('has a new key for each thing it does', async () => {
    const { client } = await serve(() => undefined);
    const person = personOf(client);
    expect(person.newKey()).not.toBe(person.newKey());
  });
});

describe('a sale', () => {
  test('is over with the last seat, and cuts every pause short', async () => {
    const sale = new Sale('show', { price: 1, seats: 2, holdMs: 1 }, 60_000);
    const paused = sale.pause(60_000);
    sale.sell(['A1']);
    sale.sell(['A1']);
    expect(sale.over).toBe(false);
    sale.sell(['A2']);
    await paused;
    expect(sale).toMatchObject({ over: true, outOfTime: false, soldSeats: 2 });
    sale.close();
  });

  test('is over when its time is', async () => {
    const sale = new Sale('show', { price: 1, seats: 2, holdMs: 1 }, 10);
    await sale.pause(60_000);
    expect(sale).toMatchObject({ over: true, outOfTime: true });
    sale.close();
  });
});
