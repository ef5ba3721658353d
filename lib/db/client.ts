import { Kysely, PostgresDialect, type PostgresPool } from 'kysely';
import pg from 'pg';
import { logger } from '../log.ts';
import type { Secret } from '../secrets.ts';
import { hasSqlState } from './call-database.ts';
import type { Database } from './schema.ts';

export type Db = Kysely<Database>;

export interface DatabaseSettings {
  readonly url: string;
  /** Connections of this process: one or two in a Lambda container, which serves one request at a time. */
  readonly poolMax: number;
  /** User and password, when they are not in the URL. */
  readonly credentials?: Secret<{ readonly username: string; readonly password: string }>;
}

/** Below the 3 s in which a 503 must come, the wait for a connection and one statement together. */
const connectionTimeoutMs = 1_000;
const queryTimeoutMs = 1_600;

/**
 * A pool that connects at its first query. The owner closes it with `destroy()`.
 *
 * Integers of eight bytes arrive as numbers: points, fences and versions all stay far below 2^53, and one
 * that does not is refused rather than rounded.
 */
export function createDatabase(settings: DatabaseSettings): Db {
  const { credentials } = settings;
  return new Kysely<Database>({
    dialect: new PostgresDialect({
      pool: async () =>
        credentials === undefined
          ? createPool(settings.url, settings.poolMax)
          : rotatingPool(settings, credentials),
    }),
  });
}

function createPool(url: string, max: number, credentials?: { username: string; password: string }): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    ...(credentials === undefined ? {} : { user: credentials.username, password: credentials.password }),
    max,
    connectionTimeoutMillis: connectionTimeoutMs,
    query_timeout: queryTimeoutMs,
    idleTimeoutMillis: 30_000,
    allowExitOnIdle: true,
    types: integersAsNumbers(),
  });
  // A connection that breaks is dropped by the pool, and whoever used it gets a rejection of its own;
  // unheard, these events would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/**
 * A pool whose password may change under it: a refused one (28P01) is read again, once, and with it a new
 * pool is begun. Connections of the old one that are in use stay good until they are given back.
 */
async function rotatingPool(
  settings: DatabaseSettings,
  credentials: NonNullable<DatabaseSettings['credentials']>,
): Promise<PostgresPool> {
  const open = async () => createPool(settings.url, settings.poolMax, await credentials.read());
  let pool = await open();
  return {
    options: pool.options,
    connect: async () => {
      const tried = pool;
      try {
        return await tried.connect();
      } catch (error) {
        if (!hasSqlState(error, '28P01')) throw error;
        if (pool === tried) {
          credentials.forget();
          pool = await open();
          // Ends as soon as its last connection is given back, which no request waits for.
          tried.end().catch((cause: unknown) => logger.warn('closing a pool', { cause }));
        }
        return pool.connect();
      }
    },
    end: () => pool.end(),
  };
}

function parseSafeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`not a safe integer: ${text}`);
  return value;
}

function integersAsNumbers(): pg.TypeOverrides {
  const types = new pg.TypeOverrides();
  types.setTypeParser(pg.types.builtins.INT8, parseSafeInteger);
  return types;
}
