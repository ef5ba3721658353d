import type { Evidence } from '../../audit/invariant.ts';
import { booksBalance } from '../../audit/invariants/books-balance.ts';
import { cancelledRefundedOnce } from '../../audit/invariants/cancelled-refunded-once.ts';
import { reservationPaidOnce } from '../../audit/invariants/reservation-paid-once.ts';
import { seatSoldOnce } from '../../audit/invariants/seat-sold-once.ts';
import { walletIsItsLedger } from '../../audit/invariants/wallet-is-its-ledger.ts';
import { runAudit } from '../../audit/run-audit.ts';
import type { CrashWorld } from './crash-world.ts';

/** Those of the audit that ask Postgres alone, about money and seats. */
const chosen = [seatSoldOnce, reservationPaidOnce, cancelledRefundedOnce, walletIsItsLedger, booksBalance];

/** @returns what all that was killed in a world together has left wrong, a line each */
export async function auditWorld({ pool }: CrashWorld): Promise<string[]> {
  const { rows } = await pool.query<{ performance_id: string }>('SELECT performance_id FROM performances');
  const evidence: Evidence = {
    database: pool,
    current: pool,
    seatLocks: [],
    readRecords: async () => ({ isWhole: true }),
    performanceIds: rows.map(({ performance_id }) => performance_id),
    samples: [],
    exchanges: [],
    graceMs: 0,
  };
  const findings = await runAudit(evidence, chosen);
  return findings.flatMap(({ name, violations }) => violations.map((violation) => `${name}: ${violation}`));
}
