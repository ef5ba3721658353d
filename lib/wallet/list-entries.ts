import type { NotNull } from 'kysely';
import { callDatabase } from '../db/call-database.ts';
import type { Db } from '../db/client.ts';
import type { EntryKind } from '../db/schema.ts';
import type { UserId } from '../ids.ts';
import { type Page, type PageRequest, toPage } from '../page.ts';

export interface WalletEntry {
  readonly entryId: string;
  readonly kind: EntryKind;
  /** Negative for a payment. */
  readonly amount: number;
  readonly balanceAfter: number;
  readonly createdAt: string;
  /** The charge or the payment. */
  readonly referenceId: string;
}

/** The entries of a user's wallet, newest first. One SELECT. */
export async function listEntries(db: Db, userId: UserId, page: PageRequest): Promise<Page<WalletEntry>> {
  const rows = await callDatabase(() =>
    db
      .selectFrom('ledger_entries')
      .select(['entry_id', 'kind', 'amount', 'balance_after', 'created_at', 'reference_id'])
      .where('user_id', '=', userId)
      .where('account', '=', 'wallet')
      .where('entry_id', '<', page.before)
      .orderBy('entry_id', 'desc')
      .limit(page.limit + 1)
      // The table's CHECK: every entry of a wallet has the balance after it.
      .$narrowType<{ balance_after: NotNull }>()
      .execute(),
  );
  return toPage(
    rows,
    page,
    (row) => row.entry_id,
    (row) => ({
      entryId: String(row.entry_id),
      kind: row.kind,
      amount: row.amount,
      balanceAfter: row.balance_after,
      createdAt: row.created_at.toISOString(),
      referenceId: row.reference_id,
    }),
  );
}
