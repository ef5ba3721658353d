import { countOf, findFaults } from '../find-faults.ts';
import type { Invariant } from '../invariant.ts';

type Row = {
  reservation_id: string;
  amount: string;
  prices: string;
  payments: number;
  paid: string;
  debited: string;
  booked: string;
};

/** A reservation's amount is the price of its seats, one payment carries it, and one transfer moves it from the buyer to the sales. */
export const reservationPaidOnce: Invariant = {
  name: 'reservation-paid-once',
  claim: 'each reservation is paid once, in its exact amount',
  async judge(evidence) {
    const { reservations } = await countOf<'reservations'>(
      evidence,
      'SELECT count(*) AS reservations FROM reservations WHERE performance_id = ANY($1)',
      [evidence.performanceIds],
    );
    const wrong = await findFaults<Row>(evidence, wrongReservations, [evidence.performanceIds]);
    const strays = await findFaults<{ transfer_id: string }>(
      evidence,
      `SELECT DISTINCT transfer_id FROM ledger_entries e
        WHERE kind = 'payment' AND NOT EXISTS (SELECT FROM payments p WHERE p.payment_id = e.reference_id)`,
    );
    return {
      judged: reservations,
      counted: `${reservations} reservations`,
      violations: [
        ...wrong.map(
          ({ reservation_id, amount, prices, payments, paid, debited, booked }) =>
            `reservation ${reservation_id} of ${amount}: seats cost ${prices}, ${payments} payments of ${paid}, ${debited} debited, ${booked} booked`,
        ),
        ...strays.map(({ transfer_id }) => `transfer ${transfer_id} pays for nothing`),
      ],
    };
  },
};

const wrongReservations = `
  SELECT * FROM (
    SELECT r.reservation_id, r.amount::text,
           (SELECT coalesce(sum(price), 0) FROM seats WHERE seat_id = ANY(r.seat_ids))::text AS prices,
           (SELECT count(*) FROM payments p WHERE p.reservation_id = r.reservation_id)::int AS payments,
           (SELECT coalesce(sum(amount), 0) FROM payments p
             WHERE p.reservation_id = r.reservation_id AND p.user_id = r.user_id)::text AS paid,
           (SELECT coalesce(-sum(e.amount), 0) FROM payments p JOIN ledger_entries e ON e.reference_id = p.payment_id
             WHERE p.reservation_id = r.reservation_id AND e.kind = 'payment' AND e.account = 'wallet'
               AND e.user_id = r.user_id)::text AS debited,
           (SELECT coalesce(sum(e.amount), 0) FROM payments p JOIN ledger_entries e ON e.reference_id = p.payment_id
             WHERE p.reservation_id = r.reservation_id AND e.kind = 'payment' AND e.account = 'sales')::text AS booked
      FROM reservations r WHERE r.performance_id = ANY($1)) AS judged
   WHERE payments <> 1 OR NOT amount = ALL (ARRAY[prices, paid, debited, booked])`;
