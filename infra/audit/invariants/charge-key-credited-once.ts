import { answersOf } from '../exchange.ts';
import { countOf, findFaults } from '../find-faults.ts';
import type { Evidence, Invariant } from '../invariant.ts';

type Charge = { name: string; amount: string; charges: number; credits: number; credited: string };

/** A key makes one charge, a charge one credit of its amount; and no client's key with a 201 is without its charge. */
export const chargeKeyCreditedOnce: Invariant = {
  name: 'charge-key-credited-once',
  claim: 'each charge key is credited once, however often it was sent',
  async judge(evidence) {
    const { keys } = await countOf<'keys'>(
      evidence,
      'SELECT count(DISTINCT (user_id, idempotency_key)) AS keys FROM charges',
    );
    const wrong = await findFaults<Charge>(
      evidence,
      `SELECT c.user_id || ' ' || c.idempotency_key AS name, min(c.amount)::text AS amount,
              count(DISTINCT c.charge_id)::int AS charges, count(e.entry_id)::int AS credits,
              coalesce(sum(e.amount), 0)::text AS credited
         FROM charges c LEFT JOIN ledger_entries e
           ON e.reference_id = c.charge_id AND e.kind = 'charge' AND e.account = 'wallet' AND e.user_id = c.user_id
        GROUP BY c.user_id, c.idempotency_key
       HAVING count(DISTINCT c.charge_id) <> 1 OR coalesce(sum(e.amount), 0) <> min(c.amount)`,
    );
    const confirmed = confirmedKeys(evidence);
    return {
      judged: keys,
      counted: `${keys} keys in the books, ${confirmed.length} confirmed to clients`,
      violations: [
        ...wrong.map(
          ({ name, charges, credits, amount, credited }) =>
            `key ${name}: ${charges} charges, ${credits} credits, ${credited} credited for ${amount}`,
        ),
        ...(await missingKeys(evidence, confirmed)).map(
          (name) => `key ${name} was confirmed and is not in the books`,
        ),
      ],
    };
  },
};

function confirmedKeys({ exchanges }: Evidence): string[] {
  const confirmed = answersOf(exchanges, 'charge wallet').filter(({ status }) => status === 201);
  return [...new Set(confirmed.map(({ userId, idempotencyKey }) => `${userId} ${idempotencyKey}`))];
}

async function missingKeys(evidence: Evidence, names: readonly string[]): Promise<string[]> {
  const rows = await findFaults<{ name: string }>(
    evidence,
    `SELECT name FROM unnest($1::text[]) AS name
     EXCEPT SELECT user_id || ' ' || idempotency_key FROM charges`,
    [names],
  );
  return rows.map(({ name }) => name);
}
