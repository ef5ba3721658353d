import { json } from '../lib/http/answer.ts';
import { endpoint } from '../lib/http/endpoint.ts';
import { httpHandler } from '../lib/http/http-handler.ts';
import type { PerformanceId } from '../lib/ids.ts';
import { changeRoom } from '../lib/queue/change-room.ts';
import { RoomChangeShape } from '../lib/queue/room-change-shape.ts';

export const handler = httpHandler({
  'PATCH /performances/{performanceId}/waiting-room': endpoint({
    access: 'admin',
    body: RoomChangeShape,
    handle: async ({ path, body }, { db, cache }) => {
      const performanceId = path.id<PerformanceId>('performanceId');
      const { redis } = await cache();
      return json(200, await changeRoom({ db, redis }, performanceId, body));
    },
  }),
});
