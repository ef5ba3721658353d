import type { Hazard } from './cell.ts';
import { charges } from './hazards/charges.ts';
import { endlessHold } from './hazards/endless-hold.ts';
import { eventsOutOfOrder } from './hazards/events-out-of-order.ts';
import { protections } from './hazards/race.ts';
import { sameCharge } from './hazards/same-charge.ts';
import { sameEvent } from './hazards/same-event.ts';
import { samePayment } from './hazards/same-payment.ts';
import { sameUserEnters } from './hazards/same-user-enters.ts';
import { twoPayments } from './hazards/two-payments.ts';
import { usersEnter } from './hazards/users-enter.ts';
import { usersTakeSeat } from './hazards/users-take-seat.ts';

/** The table of the laboratory: every hazard with its cells. */
export const hazards: readonly Hazard[] = [
  sameUserEnters,
  usersEnter,
  usersTakeSeat,
  endlessHold,
  twoPayments,
  samePayment,
  charges,
  sameCharge,
  eventsOutOfOrder,
  sameEvent,
];

/** What the report says of each protection, in its order. */
export const protectionTexts: readonly {
  readonly name: string;
  readonly title: string;
  readonly explanation: string;
}[] = [
  ...protections.map(({ name, title, explanation }) => ({ name, title, explanation })),
  {
    name: 'ours',
    title: 'ours (lock + barrier)',
    explanation:
      "The project's own operations: a lock or a script in Redis in front, conditions and unique keys in Postgres behind.",
  },
  {
    name: 'ours-without-receipts',
    title: 'ours, receipts thrown away',
    explanation:
      'The same waiting room with people who keep no signed receipt of their place: the control of what receipts are for.',
  },
];
