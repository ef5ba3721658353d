import { migrate } from '../infra/migrations/migrate.ts';
import { runtime } from '../lib/runtime.ts';

/** Invoked by hand, or by the pipeline, after a deployment: the database is reachable from inside the VPC alone. */
export async function handler(): Promise<{ applied: readonly string[] }> {
  const { db } = await runtime();
  return { applied: await migrate(db) };
}
