import * as v from 'valibot';
import { json } from '../lib/http/answer.ts';
import { endpoint } from '../lib/http/endpoint.ts';
import { httpHandler } from '../lib/http/http-handler.ts';
import { id } from '../lib/http/shapes.ts';
import type { PerformanceId } from '../lib/ids.ts';
import { holdSeats } from '../lib/seats/hold-seats.ts';
import { parseSeatIds } from '../lib/seats/parse-seat-ids.ts';

const HoldShape = v.strictObject({
  seatIds: v.pipe(
    v.array(id<string>(), 'seat ids'),
    v.minLength(1, 'one seat at least'),
    v.maxLength(20, '20 seats at most'),
    v.check((seatIds) => new Set(seatIds).size === seatIds.length, 'each seat once'),
  ),
});

export const handler = httpHandler({
  'POST /performances/{performanceId}/holds': endpoint({
    access: 'user',
    body: HoldShape,
    handle: async ({ path, identity: { userId }, body }, { db, cache, findHall }) => {
      const hall = await findHall(path.id<PerformanceId>('performanceId'));
      const seatIds = parseSeatIds(hall, body.seatIds);
      const { hold, created } = await holdSeats({ db, ...(await cache()) }, { hall, userId, seatIds });
      return json(created ? 201 : 200, hold);
    },
  }),
});
