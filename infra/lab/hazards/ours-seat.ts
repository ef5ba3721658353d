import { setTimeout as sleep } from 'node:timers/promises';
import { isProblem } from '../../../lib/errors.ts';
import type { UserId } from '../../../lib/ids.ts';
import type { NewPerformance } from '../../../lib/performances/create-performance.ts';
import type { Hall } from '../../../lib/performances/hall.ts';
import { enterQueue } from '../../../lib/queue/enter-queue.ts';
import { holdSeats } from '../../../lib/seats/hold-seats.ts';
import { newPerformance, openHall, seatsOf } from '../../../lib/testing/people.ts';
import type { Reply } from '../cell.ts';
import type { Lab } from '../laboratory.ts';
import { receiptKey } from './ours-line.ts';

/** Nobody is admitted for as long as the heartbeat after a loss: the shortest there is. */
const heartbeatSeconds = 5;
const admittedWithinMs = heartbeatSeconds * 1_000 + 2_000;
const pollEveryMs = 100;

/** A hall whose line, when it is lost, soon goes on. */
export const openSeats = (lab: Lab, changes: Partial<NewPerformance>): Promise<Hall> =>
  openHall(lab, { ...changes, waitingRoom: { ...newPerformance().waitingRoom, heartbeatSeconds } });

/**
 * Asks for seats as a person would who was admitted: when the admission was lost with Redis, enters again, waits for the
 * turn and asks once more.
 */
export async function askForSeats(lab: Lab, hall: Hall, userId: UserId, ...places: readonly string[]) {
  const request = { hall, userId, seatIds: seatsOf(hall, ...places) };
  try {
    return await holdSeats(lab, request);
  } catch (error) {
    if (!(isProblem(error) && error.slug === 'not-admitted')) throw error;
    await waitInLine(lab, hall, userId);
    return holdSeats(lab, request);
  }
}

async function waitInLine(lab: Lab, { performanceId }: Hall, userId: UserId): Promise<void> {
  const untilMs = performance.now() + admittedWithinMs;
  const ask = () => enterQueue({ ...lab, receiptKey }, { performanceId, userId });
  while ((await ask()).place.status !== 'admitted' && performance.now() < untilMs) await sleep(pollEveryMs);
}

export const heldOrRepeated = ({ created }: { readonly created: boolean }): Reply => ({
  outcome: created ? 'done' : 'repeated',
});
