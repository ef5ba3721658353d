import * as v from 'valibot';
import { json } from '../lib/http/answer.ts';
import { endpoint } from '../lib/http/endpoint.ts';
import { httpHandler } from '../lib/http/http-handler.ts';
import { id, wholeNumber } from '../lib/http/shapes.ts';
import type { PerformanceId } from '../lib/ids.ts';
import { holdBestSeats } from '../lib/seats/hold-best-seats.ts';
import { holdSeats } from '../lib/seats/hold-seats.ts';
import { parseSeatIds } from '../lib/seats/parse-seat-ids.ts';

const SeatsShape = v.strictObject({
  seatIds: v.pipe(
    v.array(id<string>(), 'seat ids'),
    v.minLength(1, 'one seat at least'),
    v.maxLength(20, '20 seats at most'),
    v.check((seatIds) => new Set(seatIds).size === seatIds.length, 'each seat once'),
  ),
});
const BestShape = v.strictObject({ best: v.strictObject({ count: wholeNumber(1, 20) }) });

/** One or the other; of a body with both, or neither, a member is told that is too many, or missing. */
const HoldShape = v.lazy((body) =>
  typeof body === 'object' && body !== null && Object.hasOwn(body, 'best') ? BestShape : SeatsShape,
);

export const handler = httpHandler({
  'POST /performances/{performanceId}/holds': endpoint({
    access: 'user',
    body: HoldShape,
    handle: async ({ path, identity: { userId }, body }, { db, cache, findHall }) => {
      const hall = await findHall(path.id<PerformanceId>('performanceId'));
      if ('best' in body) {
        const request = { hall, userId, count: body.best.count };
        return json(201, await holdBestSeats({ db, ...(await cache()) }, request));
      }
      const seatIds = parseSeatIds(hall, body.seatIds);
      const { hold, created } = await holdSeats({ db, ...(await cache()) }, { hall, userId, seatIds });
      return json(created ? 201 : 200, hold);
    },
  }),
});
