import { isProblem } from '../../../lib/errors.ts';
import type { UserId } from '../../../lib/ids.ts';
import type { Hall } from '../../../lib/performances/hall.ts';
import { enterQueue } from '../../../lib/queue/enter-queue.ts';
import { holdSeats } from '../../../lib/seats/hold-seats.ts';
import { seatsOf } from '../../../lib/testing/people.ts';
import type { Reply } from '../cell.ts';
import type { Lab } from '../laboratory.ts';
import { receiptKey } from './ours-line.ts';

/**
 * Asks for seats as a person would who was admitted: when the admission was lost with Redis, enters again and asks
 * once more.
 */
export async function askForSeats(lab: Lab, hall: Hall, userId: UserId, ...places: readonly string[]) {
  const request = { hall, userId, seatIds: seatsOf(hall, ...places) };
  try {
    return await holdSeats(lab, request);
  } catch (error) {
    if (!(isProblem(error) && error.slug === 'not-admitted')) throw error;
    await enterQueue({ ...lab, receiptKey }, { performanceId: hall.performanceId, userId });
    return holdSeats(lab, request);
  }
}

export const heldOrRepeated = ({ created }: { readonly created: boolean }): Reply => ({
  outcome: created ? 'done' : 'repeated',
});
