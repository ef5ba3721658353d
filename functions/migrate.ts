import { migrate } from '../infra/migrations/migrate.ts';
import { createDatabase } from '../lib/db/client.ts';
import { runtime } from '../lib/runtime.ts';

/** A migration may build an index on a full table, or wait for another one that does. */
const queryTimeoutMs = 800_000;

/** Invoked by hand, or by the pipeline, after a deployment: the database is reachable from inside the VPC alone. */
export async function handler(): Promise<{ applied: readonly string[] }> {
  const { databaseSettings } = await runtime();
  const db = createDatabase({ ...databaseSettings, poolMax: 1, queryTimeoutMs });
  try {
    return { applied: await migrate(db) };
  } finally {
    await db.destroy();
  }
}
