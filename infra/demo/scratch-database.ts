import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

export type ScratchDatabase = {
  readonly url: string;
  /** Deletes it, whoever is still connected. */
  readonly drop: () => Promise<void>;
};

/**
 * Creates an empty database on the server of another.
 *
 * @param serverUrl a database on that server whose role may create databases.
 */
export async function createScratchDatabase(serverUrl: string): Promise<ScratchDatabase> {
  const name = `demo_${randomBytes(6).toString('hex')}`;
  await execute(serverUrl, `CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => execute(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`) };
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
