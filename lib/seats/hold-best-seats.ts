import { setTimeout as sleep } from 'node:timers/promises';
import { callDatabase } from '../db/call-database.ts';
import { Problem } from '../errors.ts';
import type { SeatId, UserId } from '../ids.ts';
import type { Hall } from '../performances/hall.ts';
import { requireAdmission } from '../queue/require-admission.ts';
import { chooseSeats, type SeatRun, without } from './choose-seats.ts';
import { countSeats } from './count-seats.ts';
import { drawTurn } from './draw-turn.ts';
import { seatLimit } from './explain-refusal.ts';
import { freeStaleLocks } from './free-stale-locks.ts';
import type { Hold } from './hold.ts';
import type { HoldServices } from './hold-seats.ts';
import { readFreeRuns } from './read-free-runs.ts';
import { rowLabel, seatIdOf } from './seat-ids.ts';
import { tryToHold } from './try-to-hold.ts';

export interface BestSeatsRequest {
  readonly userId: UserId;
  readonly hall: Hall;
  /** How many seats, side by side in one row. */
  readonly count: number;
}

/** How often the hall is looked at, and how often seats are tried for at each look. */
const maxLooks = 6;
const maxTries = 6;
/** For the holds that are just being written to be there at the next look. */
const pauseMs = 40;
/** A turn above it begins again at the front: more cannot be served between two looks. */
const maxTurn = 256;

/**
 * Gives the best adjacent seats to the user for the hall's `holdSeconds`: those that `chooseSeats` ranks first.
 *
 * Who finds the best ones locked draws a turn, and takes the choice that is left when so many others are served:
 * people who ask at the same moment spread over the next choices instead of meeting at each. A look is one SELECT
 * or a few; a try is the lock of its seats, after a first one also the turn, and for the winner what a hold costs.
 *
 * @throws Problem `not-admitted`, `seat-limit`, `no-adjacent-seats`: Postgres says that there are none;
 *   `unavailable`: there are, and others are always faster
 * @throws DependencyError when Redis or Postgres is out of reach
 */
export async function holdBestSeats(services: HoldServices, request: BestSeatsRequest): Promise<Hold> {
  const { hall, userId, count } = request;
  const { performanceId, maxSeatsPerUser } = hall;
  await requireAdmission(services.redis, performanceId, userId);
  if (count > maxSeatsPerUser) throw seatLimit(maxSeatsPerUser);

  for (let look = 1; look <= maxLooks; look++) {
    if (look > 1) await sleep(pauseMs);
    const free = await readFreeRuns(services.db, hall, count);
    const attempt = await tryChoices(services, request, free, look > 1);
    if ('hold' in attempt) return attempt.hold;
    const seatCount = await callDatabase(() => countSeats(services.db, performanceId, userId));
    if (seatCount + count > maxSeatsPerUser) throw seatLimit(maxSeatsPerUser);
    if (free.length === 0) {
      throw new Problem('no-adjacent-seats', `There are no ${count} free seats side by side.`);
    }
    const { lockedSeatIds } = attempt;
    if (lockedSeatIds.length > 0) await freeStaleLocks(services, performanceId, lockedSeatIds);
  }
  throw new Problem('unavailable', 'Many ask for the best seats at this moment; ask again.');
}

/** @returns the hold, or the seats that were found locked before it ran out of choices or Postgres refused one */
async function tryChoices(
  services: HoldServices,
  { hall, userId, count }: BestSeatsRequest,
  free: readonly SeatRun[],
  isContended: boolean,
): Promise<{ readonly hold: Hold } | { readonly lockedSeatIds: readonly SeatId[] }> {
  const wish = { count, seatsPerRow: hall.seats.seatsPerRow };
  const lockedSeatIds: SeatId[] = [];
  let left = free;
  for (let tried = 1; tried <= maxTries && left.length > 0; tried++) {
    const turn = isContended || tried > 1 ? await drawTurn(services.redis, hall.performanceId) : 1;
    const choices = chooseSeats(left, wish, ((turn - 1) % maxTurn) + 1);
    const choice = choices[(turn - 1) % choices.length];
    if (choice === undefined) break;
    const seatIds = seatIdsOf(hall, choice);
    const attempt = await tryToHold(services, { hall, userId, seatIds });
    if ('hold' in attempt) return attempt;
    if (attempt.lockedSeatIds.length === 0) break;
    lockedSeatIds.push(...attempt.lockedSeatIds);
    for (const seatId of attempt.lockedSeatIds) {
      const number = choice.first + seatIds.indexOf(seatId);
      left = without(left, { rowIndex: choice.rowIndex, first: number, last: number });
    }
  }
  return { lockedSeatIds };
}

const seatIdsOf = ({ performanceId }: Hall, { rowIndex, first, last }: SeatRun): SeatId[] =>
  Array.from({ length: last - first + 1 }, (_, index) =>
    seatIdOf(performanceId, rowLabel(rowIndex), first + index),
  );
