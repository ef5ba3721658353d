import type { Invariant } from './invariant.ts';
import { admissionsInTicketOrder } from './invariants/admissions-in-ticket-order.ts';
import { answersAreStored } from './invariants/answers-are-stored.ts';
import { answersInContract } from './invariants/answers-in-contract.ts';
import { booksBalance } from './invariants/books-balance.ts';
import { cancelledRefundedOnce } from './invariants/cancelled-refunded-once.ts';
import { capacityKept } from './invariants/capacity-kept.ts';
import { chargeKeyCreditedOnce } from './invariants/charge-key-credited-once.ts';
import { holdsEnd } from './invariants/holds-end.ts';
import { oneAnswerPerKey } from './invariants/one-answer-per-key.ts';
import { onePlacePerUser } from './invariants/one-place-per-user.ts';
import { outboxEmpty } from './invariants/outbox-empty.ts';
import { reservationPaidOnce } from './invariants/reservation-paid-once.ts';
import { seatConfirmedToOne } from './invariants/seat-confirmed-to-one.ts';
import { seatEventsInOrder } from './invariants/seat-events-in-order.ts';
import { seatHeldByOne } from './invariants/seat-held-by-one.ts';
import { seatMapAgrees } from './invariants/seat-map-agrees.ts';
import { seatSoldOnce } from './invariants/seat-sold-once.ts';
import { ticketPerSoldSeat } from './invariants/ticket-per-sold-seat.ts';
import { ticketsUnique } from './invariants/tickets-unique.ts';
import { walletIsItsLedger } from './invariants/wallet-is-its-ledger.ts';

/** Every invariant of the on-sale, in the order in which a buyer meets them. */
export const invariants: readonly Invariant[] = [
  onePlacePerUser,
  ticketsUnique,
  admissionsInTicketOrder,
  capacityKept,
  seatHeldByOne,
  holdsEnd,
  seatSoldOnce,
  seatConfirmedToOne,
  reservationPaidOnce,
  cancelledRefundedOnce,
  walletIsItsLedger,
  booksBalance,
  chargeKeyCreditedOnce,
  oneAnswerPerKey,
  answersAreStored,
  answersInContract,
  seatEventsInOrder,
  outboxEmpty,
  seatMapAgrees,
  ticketPerSoldSeat,
];
