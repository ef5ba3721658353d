import { enterLine, leaveLine, waitForTurn } from './line.ts';
import { payHold, releaseHold, walkAway } from './payment.ts';
import type { Person } from './person.ts';
import { chargeWallet } from './points.ts';
import { type Hold, holdSeats } from './seats.ts';

/** A hold that ran out before its payment came is worth one more try. */
const maxHolds = 3;

/** One person's evening, from the button to the seats or the way home. Ends by itself when the sale does. */
export async function attend(person: Person): Promise<void> {
  const { habits, sale, random } = person;
  await enterLine(person);
  if (habits.leavesLine !== 'never') {
    await sale.pause(random.whole(100, 1_500));
    await leaveLine(person);
    if (habits.leavesLine === 'for-good' || sale.over) return;
    await enterLine(person);
  }
  if (!(await waitForTurn(person))) {
    // Most just close the page when all is sold; only some say that they go.
    if (random.chance(0.1)) await leaveLine(person);
    return;
  }
  if (!habits.startsPoor) await chargeWallet(person, sale.price * habits.seatsWanted);
  if (!(await buySeats(person))) await leaveLine(person);
}

/** True when seats were paid for: the admission has ended with the payment. */
async function buySeats(person: Person): Promise<boolean> {
  const { habits } = person;
  let hold = await holdSeats(person);
  if (hold !== null && habits.afterHold === 'walks-away') {
    await walkAway(person, hold);
    return false;
  }
  if (hold !== null && habits.afterHold === 'changes-mind') {
    await releaseHold(person, hold);
    hold = await holdSeats(person);
  }
  for (let held = 1; hold !== null; held += 1) {
    if (await payHold(person, hold)) return true;
    hold = held < maxHolds ? await anotherHold(person, hold) : null;
  }
  return false;
}

/** Gives back what could not be paid, if it is still there, and chooses again. */
async function anotherHold(person: Person, unpaid: Hold): Promise<Hold | null> {
  await releaseHold(person, unpaid);
  return holdSeats(person);
}
