import { countOf, findFaults } from '../find-faults.ts';
import type { Invariant } from '../invariant.ts';

/** The balance is the sum of the wallet's entries and not below zero, and each `balance_after` follows from the one before. */
export const walletIsItsLedger: Invariant = {
  name: 'wallet-is-its-ledger',
  claim: 'each wallet is the sum of its ledger entries, never below zero, with an unbroken chain of balances',
  async judge(evidence) {
    const { wallets, entries } = await countOf<'wallets' | 'entries'>(
      evidence,
      `SELECT (SELECT count(*) FROM wallets) AS wallets,
              (SELECT count(*) FROM ledger_entries WHERE account = 'wallet') AS entries`,
    );
    const wrongWallets = await findFaults<{ user_id: string; balance: string; entries: string }>(
      evidence,
      `SELECT w.user_id, w.balance::text, coalesce(sum(e.amount), 0)::text AS entries
         FROM wallets w LEFT JOIN ledger_entries e ON e.user_id = w.user_id AND e.account = 'wallet'
        GROUP BY w.user_id HAVING w.balance <> coalesce(sum(e.amount), 0) OR w.balance < 0`,
    );
    const wrongEntries = await findFaults<{ user_id: string; entry_id: string }>(
      evidence,
      `SELECT user_id, entry_id::text FROM (
         SELECT user_id, entry_id, balance_after, amount,
                coalesce(lag(balance_after) OVER (PARTITION BY user_id ORDER BY entry_id), 0) AS balance_before
           FROM ledger_entries WHERE account = 'wallet') AS chain
        WHERE balance_after <> balance_before + amount OR balance_after < 0`,
    );
    return {
      judged: wallets,
      counted: `${wallets} wallets, ${entries} entries`,
      violations: [
        ...wrongWallets.map(
          ({ user_id, balance, entries: sum }) => `${user_id} has ${balance}, the entries say ${sum}`,
        ),
        ...wrongEntries.map(
          ({ user_id, entry_id }) => `entry ${entry_id} of ${user_id} does not follow from the one before`,
        ),
      ],
    };
  },
};
