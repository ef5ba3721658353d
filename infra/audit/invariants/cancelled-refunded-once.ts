import { countOf, findFaults } from '../find-faults.ts';
import type { Invariant } from '../invariant.ts';

type Row = {
  reservation_id: string;
  status: string;
  seats: number;
  marked: number;
  paid: string;
  refunds: number;
  refunded: string;
};

/** A cancelled reservation has one refund of what was paid for it and has given up every seat; a confirmed one neither. */
export const cancelledRefundedOnce: Invariant = {
  name: 'cancelled-refunded-once',
  claim: 'each cancelled reservation is refunded once, in its exact amount, and no other is',
  async judge(evidence) {
    const { reservations, cancelled } = await countOf<'reservations' | 'cancelled'>(
      evidence,
      `SELECT count(*) AS reservations, count(*) FILTER (WHERE status = 'cancelled') AS cancelled
         FROM reservations WHERE performance_id = ANY($1)`,
      [evidence.performanceIds],
    );
    const wrong = await findFaults<Row>(evidence, wrongReservations, [evidence.performanceIds]);
    const strays = await findFaults<{ transfer_id: string }>(
      evidence,
      `SELECT DISTINCT transfer_id FROM ledger_entries e
        WHERE kind = 'refund' AND NOT EXISTS (SELECT FROM payments p WHERE p.payment_id = e.reference_id)`,
    );
    return {
      judged: reservations,
      counted: `${reservations} reservations, ${cancelled} of them cancelled`,
      violations: [
        ...wrong.map(
          ({ reservation_id, status, seats, marked, paid, refunds, refunded }) =>
            `${status} reservation ${reservation_id}: ${marked} of ${seats} seats given up, ${refunds} refunds of ${refunded} for ${paid}`,
        ),
        ...strays.map(({ transfer_id }) => `transfer ${transfer_id} gives back what was not paid`),
      ],
    };
  },
};

const wrongReservations = `
  SELECT * FROM (
    SELECT r.reservation_id, r.status, cardinality(r.seat_ids) AS seats, r.amount::text AS paid,
           (SELECT count(*) FROM reservation_seats l
             WHERE l.reservation_id = r.reservation_id AND l.cancelled_at IS NOT NULL)::int AS marked,
           (SELECT count(*) FROM payments p JOIN ledger_entries e ON e.reference_id = p.payment_id
             WHERE p.reservation_id = r.reservation_id AND e.kind = 'refund' AND e.account = 'wallet')::int AS refunds,
           (SELECT coalesce(sum(e.amount), 0) FROM payments p JOIN ledger_entries e ON e.reference_id = p.payment_id
             WHERE p.reservation_id = r.reservation_id AND e.kind = 'refund' AND e.account = 'wallet'
               AND e.user_id = r.user_id)::text AS refunded
      FROM reservations r WHERE r.performance_id = ANY($1)) AS judged
   WHERE CASE status WHEN 'cancelled' THEN marked <> seats OR refunds <> 1 OR refunded <> paid
                     ELSE marked <> 0 OR refunds <> 0 END`;
