import { answersOf } from '../exchange.ts';
import type { Evidence, Invariant } from '../invariant.ts';

type Charge = {
  name: string;
  user_id: string;
  amount: string;
  charges: number;
  credits: number;
  credited: string;
};

/** A key makes one charge, a charge one credit of its amount; and no client's key with a 201 is without its charge. */
export const chargeKeyCreditedOnce: Invariant = {
  name: 'charge-key-credited-once',
  claim: 'each charge key is credited once, however often it was sent',
  async judge(evidence) {
    const rows = await chargesByKey(evidence);
    const stored = new Map(rows.map((row) => [row.name, row]));
    const sent = answersOf(evidence.exchanges, 'charge wallet').filter(({ status }) => status === 201);
    const confirmed = new Set(sent.map(({ userId, idempotencyKey }) => `${userId} ${idempotencyKey}`));
    return {
      judged: rows.length,
      counted: `${rows.length} keys in the books, ${confirmed.size} confirmed to clients`,
      violations: [
        ...rows.flatMap(({ name, charges, credits, amount, credited }) =>
          charges === 1 && credits === 1 && credited === amount
            ? []
            : [`key ${name}: ${charges} charges, ${credits} credits, ${credited} credited for ${amount}`],
        ),
        ...[...confirmed]
          .filter((name) => !stored.has(name))
          .map((name) => `key ${name} was confirmed and is not in the books`),
      ],
    };
  },
};

async function chargesByKey({ database }: Evidence): Promise<Charge[]> {
  const { rows } = await database.query<Charge>(
    `SELECT c.user_id || ' ' || c.idempotency_key AS name, c.user_id, min(c.amount)::text AS amount,
            count(DISTINCT c.charge_id)::int AS charges, count(e.entry_id)::int AS credits,
            coalesce(sum(e.amount), 0)::text AS credited
       FROM charges c LEFT JOIN ledger_entries e
         ON e.reference_id = c.charge_id AND e.kind = 'charge' AND e.account = 'wallet' AND e.user_id = c.user_id
      GROUP BY c.user_id, c.idempotency_key`,
  );
  return rows;
}
