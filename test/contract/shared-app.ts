import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type App, openOwnApp } from './app.ts';

/**
 * Answers every HTTP request with the addresses of one app, which the first request starts: the contract tests of a
 * run share it. For Jest's globalSetup, which puts `address` into CONTRACT_APP; its globalTeardown calls `close`.
 */
export async function openSharedApp(): Promise<{ address: string; close: () => Promise<void> }> {
  let starting: Promise<App> | undefined;
  const server = createServer((_, response) => {
    starting ??= openOwnApp();
    starting.then(
      ({ http, redisUrl, databaseUrl, kafkaBrokers }) =>
        response.end(JSON.stringify({ http, redisUrl, databaseUrl, kafkaBrokers: kafkaBrokers.join(',') })),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server listening on a port has the address of one.
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    server.closeAllConnections();
    server.close();
    // A start that failed has told the test that asked.
    const app = await starting?.catch(() => undefined);
    await app?.close();
  };
  return { address: `http://127.0.0.1:${port}`, close };
}
