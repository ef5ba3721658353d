import { type Answered, answersOf, type Members } from '../exchange.ts';
import type { Evidence, Invariant } from '../invariant.ts';

/** What a 201, or the 200 of a cancellation, promised is in the database, with the numbers that the client was told. */
export const answersAreStored: Invariant = {
  name: 'answers-are-stored',
  claim: 'everything that a client was told is done is in the database as it was said',
  needs: 'clients',
  async judge(evidence) {
    const created = (kind: 'charge wallet' | 'hold seats' | 'pay hold') =>
      answersOf(evidence.exchanges, kind).filter(({ status }) => status === 201);
    const [charges, holds, payments] = [created('charge wallet'), created('hold seats'), created('pay hold')];
    const refunds = answersOf(evidence.exchanges, 'cancel reservation').filter(
      ({ status }) => status === 200,
    );
    const known = await knownFacts(evidence);
    const facts = [
      ...charges.map(
        (answer) => [answer, `charge ${fact(answer, 'chargeId', 'amount', 'balance')}`] as const,
      ),
      ...holds.map(
        (answer) => [answer, `hold ${fact(answer, 'holdId', 'seatIds', 'amount', 'fence')}`] as const,
      ),
      ...payments.map(
        (answer) =>
          [
            answer,
            `payment ${fact(answer, 'paymentId', 'reservationId', 'seatIds', 'amount', 'balance')}`,
          ] as const,
      ),
      ...refunds.map(
        (answer) => [answer, `refund ${fact(answer, 'reservationId', 'refunded', 'balance')}`] as const,
      ),
    ];
    return {
      judged: facts.length,
      counted: `${charges.length} charges, ${holds.length} holds, ${payments.length} payments, ${refunds.length} refunds`,
      violations: facts
        .filter(([, wanted]) => !known.has(wanted))
        .map(([{ userId }, wanted]) => `${userId} was told of ${wanted}, which is not so`),
    };
  },
};

/** The members of an answer as one line, in the form in which `knownFacts` writes the rows. */
function fact({ json, userId }: Answered, ...members: readonly (keyof Members)[]): string {
  const values = members.map((member) => {
    const value = json[member];
    return Array.isArray(value) ? value.map(String).toSorted().join(',') : String(value);
  });
  return [userId, ...values].join(' ');
}

async function knownFacts({ database }: Evidence): Promise<ReadonlySet<string>> {
  const { rows } = await database.query<{ fact: string }>(
    `SELECT concat_ws(' ', 'charge', c.user_id, c.charge_id, c.amount, e.balance_after) AS fact
       FROM charges c JOIN ledger_entries e ON e.reference_id = c.charge_id AND e.account = 'wallet'
     UNION ALL
     SELECT concat_ws(' ', 'hold', user_id, hold_id, sorted(seat_ids), amount, fence) FROM holds
     UNION ALL
     SELECT concat_ws(' ', 'payment', p.user_id, p.payment_id, p.reservation_id, sorted(r.seat_ids), p.amount, e.balance_after)
       FROM payments p JOIN reservations r USING (reservation_id)
       JOIN ledger_entries e ON e.reference_id = p.payment_id AND e.account = 'wallet' AND e.kind = 'payment'
     UNION ALL
     SELECT concat_ws(' ', 'refund', p.user_id, p.reservation_id, e.amount, e.balance_after)
       FROM payments p JOIN ledger_entries e ON e.reference_id = p.payment_id AND e.account = 'wallet' AND e.kind = 'refund'`.replaceAll(
      /sorted\(([a-z_.]+)\)/g,
      `(SELECT string_agg(s, ',' ORDER BY s COLLATE "C") FROM unnest($1) s)`,
    ),
  );
  return new Set(rows.map((row) => row.fact));
}
