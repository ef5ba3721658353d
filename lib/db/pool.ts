import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import pg from 'pg';
import { lazy } from '../lazy.ts';
import { logger } from '../log.ts';
import type { Secret } from '../secrets.ts';
import { hasSqlState } from './call-database.ts';

export interface PoolSettings {
  readonly url: string;
  /** Connections of this process: one or two in a Lambda container, which serves one request at a time. */
  readonly poolMax: number;
  /** User and password, when they are not in the URL. */
  readonly credentials?: Secret<Credentials>;
  /** How long one query may take; less than a request may, unless told. */
  readonly queryTimeoutMs?: number;
}

interface Credentials {
  readonly username: string;
  readonly password: string;
}

/**
 * Both below the 3 s in which a 503 must come. A transaction sets itself shorter limits. The first is also how long
 * somebody waits in line for a connection, where one process serves many requests.
 */
const connectionTimeoutMs = 2_000;
const requestQueryTimeoutMs = 2_500;

/** A pool that connects at its first query. */
export async function openPool(settings: PoolSettings): Promise<PostgresPool> {
  if (settings.credentials !== undefined) return rotatingPool(settings, settings.credentials);
  const pool = createPool(settings);
  return {
    options: pool.options,
    connect: async () => discardingUnanswered(await pool.connect()),
    end: () => pool.end(),
  };
}

/**
 * A pool whose password may change under it: a refused one (28P01) is read again, once, and with it a new
 * pool is begun. Connections of the old one that are in use stay good until they are given back.
 */
async function rotatingPool(settings: PoolSettings, secret: Secret<Credentials>): Promise<PostgresPool> {
  const open = () => lazy(async () => createPool(settings, await secret.read()));
  let current = open();
  const connect = async (): Promise<pg.PoolClient> => {
    const tried = current;
    const pool = await tried();
    try {
      return await pool.connect();
    } catch (error) {
      // Also when another has begun a new pool meanwhile: the old one serves nobody who still waits at it.
      if (current === tried && !hasSqlState(error, '28P01')) throw error;
      if (current === tried) {
        secret.forget();
        current = open();
        // Ends as soon as its last connection is given back, which no request waits for.
        pool.end().catch((cause: unknown) => logger.warn('closing a pool', { cause }));
      }
      return (await current()).connect();
    }
  };
  const { options } = await current();
  return {
    options,
    connect: async () => discardingUnanswered(await connect()),
    end: async () => (await current()).end(),
  };
}

function createPool(settings: PoolSettings, credentials?: Credentials): pg.Pool {
  const { url, poolMax: max, queryTimeoutMs = requestQueryTimeoutMs } = settings;
  const pool = new pg.Pool({
    connectionString: credentials === undefined ? url : withCredentials(url, credentials),
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

/** In the URL, because what a URL says, or leaves empty, is preferred to settings beside it. */
function withCredentials(url: string, { username, password }: Credentials): string {
  const address = new URL(url);
  address.username = encodeURIComponent(username);
  address.password = encodeURIComponent(password);
  return address.href;
}

/**
 * Closes a connection on which a query got no answer in time, instead of giving it back: its peer may be gone
 * without a word, and everything sent on it would wait behind that query.
 */
function discardingUnanswered(client: pg.PoolClient): PostgresPoolClient {
  let unanswered = false;
  const query = async <R>(text: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>> => {
    if (unanswered) throw new Error('Connection terminated: an earlier query got no answer');
    try {
      // The same result in the terms of two libraries; Kysely declares only what it reads of it.
      return (await client.query(text, [...parameters])) as unknown as PostgresQueryResult<R>;
    } catch (error) {
      unanswered = error instanceof Error && error.message === 'Query read timeout';
      throw error;
    }
  };
  return {
    // Cursors, the other thing that can be queried, are never made here.
    query: query as PostgresPoolClient['query'],
    release: (destroy) => client.release(unanswered || destroy),
  };
}

function integersAsNumbers(): pg.TypeOverrides {
  const types = new pg.TypeOverrides();
  types.setTypeParser(pg.types.builtins.INT8, parseSafeInteger);
  return types;
}

function parseSafeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`not a safe integer: ${text}`);
  return value;
}
