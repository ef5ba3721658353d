import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Person } from './person.ts';
import { chargeOnce, chargeWallet } from './points.ts';
import type { Hold } from './seats.ts';

/** Tickets come within seconds; who has none after this long goes home without. */
const ticketPolls = 30;

/** Pays, by the person's habits. True when the seats are the person's own. */
export async function payHold(person: Person, hold: Hold): Promise<boolean> {
  const { habits, sale } = person;
  const early = habits.startsPoor ? await person.ask(paymentOf(person, hold)) : null;
  if (early?.slug === 'insufficient-points') await chargeWallet(person, sale.price * habits.seatsWanted);
  const topUp = habits.topsUpWhilePaying ? chargeOnce(person, 1_000) : Promise.resolve();
  const answers = [early, ...(await submit(person, hold))];
  await topUp;
  const paid = answers.find((answer) => answer?.status === 201);
  if (paid === undefined || paid === null) return false;
  person.beginNewStay();
  const { seatIds, reservationId } = paid.json;
  sale.sell(Array.isArray(seatIds) ? seatIds.map(String) : []);
  if (habits.waitsForTickets) await awaitTickets(person, String(reservationId));
  return true;
}

async function submit(person: Person, hold: Hold): Promise<(Answer | null)[]> {
  const call = paymentOf(person, hold);
  const { payment } = person.habits;
  if (payment === 'aborts-and-repeats') await person.sendAndHangUp(call);
  const asked = [person.ask(call)];
  if (payment === 'twice-with-one-key') asked.push(person.ask(call));
  if (payment === 'twice-with-two-keys') asked.push(person.ask(paymentOf(person, hold)));
  return Promise.all(asked);
}

/** Lets the hold run out, looks at it, and some try to pay for it all the same. */
export async function walkAway(person: Person, hold: Hold): Promise<void> {
  await sleep(Math.max(0, Math.min(hold.expiresAtMs - Date.now(), person.sale.holdMs)) + 250);
  await person.ask({ kind: 'read hold', method: 'GET', path: `/holds/${hold.holdId}` });
  if (person.random.chance(0.5)) await person.ask(paymentOf(person, hold));
}

export async function releaseHold(person: Person, hold: Hold): Promise<void> {
  await person.ask({ kind: 'release hold', method: 'DELETE', path: `/holds/${hold.holdId}` });
}

function paymentOf(person: Person, { holdId }: Hold) {
  const idempotencyKey = person.newKey();
  return { kind: 'pay hold', method: 'POST', path: '/payments', body: { holdId }, idempotencyKey } as const;
}

async function awaitTickets(person: Person, reservationId: string): Promise<void> {
  for (let poll = 0; poll < ticketPolls; poll += 1) {
    await sleep(person.random.whole(300, 700));
    const path = `/reservations/${reservationId}`;
    const answer = await person.ask({ kind: 'read reservation', method: 'GET', path });
    if (Array.isArray(answer?.json.tickets) && answer.json.tickets.length > 0) return;
  }
}
