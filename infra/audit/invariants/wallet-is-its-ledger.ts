import type { Invariant } from '../invariant.ts';

/** The balance is the sum of the wallet's entries and not below zero, and each `balance_after` follows from the one before. */
export const walletIsItsLedger: Invariant = {
  name: 'wallet-is-its-ledger',
  claim: 'each wallet is the sum of its ledger entries, never below zero, with an unbroken chain of balances',
  async judge({ database }) {
    const { rows: wallets } = await database.query<{ user_id: string; balance: string; entries: string }>(
      `SELECT w.user_id, w.balance::text, coalesce(sum(e.amount), 0)::text AS entries
         FROM wallets w LEFT JOIN ledger_entries e ON e.user_id = w.user_id AND e.account = 'wallet'
        GROUP BY w.user_id`,
    );
    const { rows: entries } = await database.query<{ user_id: string; entry_id: string; broken: boolean }>(
      `SELECT user_id, entry_id::text,
              balance_after <> amount + coalesce(lag(balance_after) OVER (PARTITION BY user_id ORDER BY entry_id), 0)
              OR balance_after < 0 AS broken
         FROM ledger_entries WHERE account = 'wallet'`,
    );
    return {
      judged: wallets.length,
      counted: `${wallets.length} wallets, ${entries.length} entries`,
      violations: [
        ...wallets
          .filter(({ balance, entries: sum }) => balance !== sum || BigInt(balance) < 0n)
          .map(({ user_id, balance, entries: sum }) => `${user_id} has ${balance}, the entries say ${sum}`),
        ...entries
          .filter(({ broken }) => broken)
          .map(
            ({ user_id, entry_id }) => `entry ${entry_id} of ${user_id} does not follow from the one before`,
          ),
      ],
    };
  },
};
