import { Kysely, PostgresDialect } from 'kysely';
import { openPool, type PoolSettings } from './pool.ts';
import type { Database } from './schema.ts';

export type Db = Kysely<Database>;

/**
 * The database, connected to at the first query. The owner closes it with `destroy()`.
 *
 * Integers of eight bytes arrive as numbers: points, fences and versions all stay far below 2^53, and one
 * that does not is refused rather than rounded.
 */
export function createDatabase(settings: PoolSettings): Db {
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool: () => openPool(settings) }) });
}
