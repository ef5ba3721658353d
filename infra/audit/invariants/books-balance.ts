import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { countOf, findFaults } from '../find-faults.ts';
import type { Invariant } from '../invariant.ts';

/** One statement over charges, payments, cancellations, wallets and both sides of the ledger; see books.sql. */
export const booksBalance: Invariant = {
  name: 'books-balance',
  claim: 'the books balance: every transfer, its cause, and every balance that it left',
  async judge(evidence) {
    const books = (await readFile(join(import.meta.dirname, '../books.sql'), 'utf8'))
      .trim()
      .replace(/;$/, '');
    const { transfers } = await countOf<'transfers'>(
      evidence,
      'SELECT count(DISTINCT transfer_id) AS transfers FROM ledger_entries',
    );
    const faults = await findFaults<{ what: string; id: string; fault: string }>(evidence, books);
    return {
      judged: transfers,
      counted: `${transfers} transfers`,
      violations: faults.map(({ what, id, fault }) => `${what} ${id}: ${fault}`),
    };
  },
};
