import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';

/** One folder a specimen: files that stand in for those of the same path below lib/, and perhaps a prepare.sql. */
const folder = join(import.meta.dirname, 'sabotage');

/** The names that `--sabotage` knows, in alphabetical order. */
export async function listSpecimens(): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();
}

/**
 * Takes away the constraints that would stop the specimen before the audit sees it. Never to be run on a
 * database that is to be used again.
 */
export async function prepareSabotage(name: string, databaseUrl: string): Promise<void> {
  const script = join(folder, name, 'prepare.sql');
  if (!existsSync(script)) return;
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(await readFile(script, 'utf8'));
  } finally {
    await client.end();
  }
}
