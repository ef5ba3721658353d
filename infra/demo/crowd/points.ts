import type { Person } from './person.ts';

/** Charges the points in one or several parts at once. */
export async function chargeWallet(person: Person, points: number): Promise<void> {
  const parts = person.habits.chargeParts;
  const rest = points % parts;
  await Promise.all(
    Array.from({ length: parts }, (_, index) =>
      chargeOnce(person, Math.floor(points / parts) + (index < rest ? 1 : 0)),
    ),
  );
}

/** One charge under one key, sent as clumsily as the person's habits are. */
export async function chargeOnce(person: Person, amount: number): Promise<void> {
  const { habits } = person;
  const call = {
    kind: 'charge wallet',
    method: 'POST',
    path: '/wallet/charges',
    body: { amount },
    idempotencyKey: person.newKey(),
  } as const;
  if (habits.abortsCharge) await person.sendAndHangUp(call);
  await Promise.all(habits.repeatsCharge ? [person.ask(call), person.ask(call)] : [person.ask(call)]);
}
