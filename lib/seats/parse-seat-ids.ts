import { invalidRequest } from '../http/read-body.ts';
import type { SeatId } from '../ids.ts';
import type { Hall } from '../performances/hall.ts';

/**
 * The id as a seat of the hall.
 *
 * @throws Problem `invalid-request`
 */
export function parseSeatId(hall: Hall, seatId: string): SeatId {
  if (hall.has(seatId)) return seatId;
  throw invalidRequest([{ pointer: '#/seatId', detail: 'no seat of this performance' }]);
}

/**
 * The ids as seats of the hall.
 *
 * @throws Problem `invalid-request` that names each id that is none of its seats
 */
export function parseSeatIds(hall: Hall, seatIds: readonly string[]): SeatId[] {
  const faults = seatIds.flatMap((seatId, index) =>
    hall.has(seatId) ? [] : [{ pointer: `#/seatIds/${index}`, detail: 'no seat of this performance' }],
  );
  if (faults.length > 0) throw invalidRequest(faults);
  return seatIds.filter((seatId) => hall.has(seatId));
}
