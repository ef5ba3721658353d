import pg from 'pg';
import type { Statements } from './cell.ts';

/** What the database was made to do so far. */
export interface DatabaseCount {
  /** Statements sent, BEGIN and COMMIT included. */
  readonly statements: number;
  /** Time for which connections were given out, all together. */
  readonly connectionMs: number;
}

/** A pool that counts. */
export class CountingPool extends pg.Pool {
  #statements = 0;
  #connectionMs = 0;
  readonly #givenOut = new Map<pg.PoolClient, number>();

  constructor(url: string, max: number) {
    super({ connectionString: url, max, connectionTimeoutMillis: 5_000, types: integersAsNumbers() });
    // A connection that breaks is dropped by the pool, and whoever used it gets a rejection of its own.
    this.on('error', () => undefined);
    this.on('connect', (client) => this.#watch(client));
    this.on('acquire', (client) => this.#givenOut.set(client, performance.now()));
    this.on('release', (_, client) => this.#takeBack(client));
  }

  get count(): DatabaseCount {
    return { statements: this.#statements, connectionMs: this.#connectionMs };
  }

  /** Runs the work on one connection, which it has to itself. */
  async onConnection<T>(work: (statements: Statements, client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await this.connect();
    try {
      return await work(statementsOf(client), client);
    } finally {
      client.release();
    }
  }

  /** Runs the work in a transaction; an error rolls it back and is thrown. */
  async inTransaction<T>(isolation: string, work: (statements: Statements) => Promise<T>): Promise<T> {
    return this.onConnection(async (statements, client) => {
      await client.query(`BEGIN ISOLATION LEVEL ${isolation}`);
      try {
        const result = await work(statements);
        await client.query('COMMIT');
        return result;
      } catch (error) {
        await client.query('ROLLBACK');
        throw error;
      }
    });
  }

  #watch(client: pg.PoolClient): void {
    client.on('error', () => undefined);
    const count = () => {
      this.#statements += 1;
    };
    // oxlint-disable-next-line typescript/unbound-method -- the proxy calls it on the client it was called on
    client.query = new Proxy(client.query, {
      apply: (query, self, parameters) => {
        count();
        return Reflect.apply(query, self, parameters);
      },
    });
  }

  #takeBack(client: pg.PoolClient): void {
    const sinceMs = this.#givenOut.get(client);
    if (sinceMs !== undefined) this.#connectionMs += performance.now() - sinceMs;
    this.#givenOut.delete(client);
  }
}

/** The statements of one connection. */
export function statementsOf(client: pg.ClientBase): Statements {
  return {
    query: async <Row extends object>(sql: string, parameters: readonly unknown[] = []) => {
      const { rows } = await client.query<Row>(sql, [...parameters]);
      return rows;
    },
  };
}

/** As the project's own pool reads them: fences and balances stay far below 2^53. */
function integersAsNumbers(): pg.TypeOverrides {
  const types = new pg.TypeOverrides();
  types.setTypeParser(pg.types.builtins.INT8, Number);
  return types;
}
