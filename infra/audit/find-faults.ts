import type { Evidence } from './invariant.ts';

/** So many violations of one invariant are told at most: what is broken everywhere need not be listed whole. */
const mostFaults = 1_000;

/** Runs a query that selects what is wrong, a row a fault, and reads a bounded number of its rows. */
export async function findFaults<Row extends object>(
  { database }: Pick<Evidence, 'database'>,
  query: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const { rows } = await database.query<Row>(`SELECT * FROM (${query}) AS fault LIMIT ${mostFaults}`, [
    ...values,
  ]);
  return rows;
}

/** What a query counts, in one row of whole numbers. */
export async function countOf<Name extends string>(
  { database }: Pick<Evidence, 'database'>,
  query: string,
  values: readonly unknown[] = [],
): Promise<Readonly<Record<Name, number>>> {
  const { rows } = await database.query<Record<Name, number | string>>(query, [...values]);
  const [row] = rows;
  if (row === undefined) throw new Error('a query that counts has no row');
  // bigint comes as text; Object.entries loses the names, which are the row's own.
  return Object.fromEntries(
    Object.entries<number | string>(row).map(([name, count]) => [name, Number(count)]),
  ) as Record<Name, number>;
}
