import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client } from 'pg';
import { givenUrls } from '../infra/local/given-urls.ts';
import { type Stack, startStack } from '../infra/local/stack.ts';
import { migrateToLatest } from '../infra/migrations/migrate.ts';
import { onDatabase } from './on-database.ts';

/** As many Redis databases as test files may take in one run. */
export const redisDatabases = 1_024;

/** The migrated database that each test file's own is a copy of; named after the process, for given servers. */
const templateName = `template_of_run_${process.pid}`;

/** What a test file is told. */
export interface TestServices {
  readonly redisUrl: string;
  readonly databaseUrl: string;
  readonly kafkaBrokers: string;
  readonly templateName: string;
}

async function query(databaseUrl: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function start(): Promise<Stack> {
  const stack = await startStack({ redisDatabases, given: givenUrls(process.env) });
  try {
    await query(stack.databaseUrl, `CREATE DATABASE ${templateName}`);
    await migrateToLatest(onDatabase(stack.databaseUrl, templateName));
    return stack;
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

async function stop(stack: Stack): Promise<void> {
  // Matters on a given server; one of ours is thrown away.
  await query(stack.databaseUrl, `DROP DATABASE IF EXISTS ${templateName} WITH (FORCE)`);
  await stack.stop();
}

async function answer(starting: Promise<Stack>, response: ServerResponse): Promise<void> {
  try {
    const { redisUrl, databaseUrl, kafkaBrokers } = await starting;
    const services: TestServices = { redisUrl, databaseUrl, kafkaBrokers, templateName };
    response.end(JSON.stringify(services));
  } catch (error) {
    response.writeHead(500).end(String(error));
  }
}

/**
 * Answers every HTTP request with the addresses of the services, which the first one starts. Jest's workers have no
 * other way to ask the process that lives as long as the run. Should that be killed, the stack's guard cleans up.
 */
export async function openTestServices(): Promise<{ address: string; close: () => Promise<void> }> {
  let starting: Promise<Stack> | undefined;
  const server = createServer((_, response) => {
    starting ??= start();
    void answer(starting, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server listening on a port has the address of one.
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    server.closeAllConnections();
    server.close();
    // A start that failed has told the test that asked.
    const stack = await starting?.catch(() => undefined);
    if (stack !== undefined) await stop(stack);
  };
  return { address: `http://127.0.0.1:${port}`, close };
}
