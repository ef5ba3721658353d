import type { Invariant } from '../invariant.ts';

/** Double entry: every transfer sums to zero, and so do all of them together. */
export const booksBalance: Invariant = {
  name: 'books-balance',
  claim: 'the books balance to zero, over all and in each transfer',
  async judge({ database }) {
    const { rows } = await database.query<{ transfer_id: string; total: string; entries: number }>(
      `SELECT transfer_id, sum(amount)::text AS total, count(*)::int AS entries
         FROM ledger_entries GROUP BY transfer_id`,
    );
    const total = rows.reduce((sum, row) => sum + BigInt(row.total), 0n);
    const violations = rows
      .filter((row) => row.total !== '0' || row.entries < 2)
      .map((row) => `transfer ${row.transfer_id} has ${row.entries} entries that sum to ${row.total}`);
    if (total !== 0n) violations.push(`all entries sum to ${total}`);
    return { judged: rows.length, counted: `${rows.length} transfers`, violations };
  },
};
