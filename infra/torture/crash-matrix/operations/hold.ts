import { admitUser, openHall, seatsOf } from '../../../../lib/testing/people.ts';
import { Client } from '../client.ts';
import { httpInvocation } from '../invocation.ts';
import { type CrashOperation, differences } from '../operation.ts';
import { endlessSeatLocks, eventsOfSeats, findOne } from './leftovers.ts';

const holdSeconds = 60;
const route = 'POST /performances/{performanceId}/holds';

const findings = `
  SELECT (SELECT count(*)::int FROM holds WHERE user_id = $1) AS holds,
    (SELECT count(*)::int FROM seats JOIN holds USING (hold_id)
      WHERE user_id = $1 AND seats.status = 'held' AND seats.held_until = holds.expires_at
        AND seats.fence = holds.fence) AS held,
    (SELECT hold_id FROM holds WHERE user_id = $1 LIMIT 1) AS "holdId"`;

/** While the lock of the dead process lasts its seats count as taken; the same person asks again. */
export const hold: CrashOperation = {
  name: 'hold',
  async stage(world, survivor) {
    const hall = await openHall(world, { holdSeconds });
    const user = await admitUser(world, hall);
    const seatIds = seatsOf(hall, 'A-1', 'A-2');
    const { performanceId } = hall;
    const request = { token: await world.tokenOf(user), body: { seatIds }, path: { performanceId } };
    const invocation = httpInvocation('hold-seats', route, request);
    const client = new Client(survivor, invocation, ({ statusCode }) => statusCode < 300);
    return {
      invocation,
      repeat: () => client.repeat(),
      audit: async () => {
        // A hold has an id; whatever else was answered has none, which is a difference.
        const { holdId } = JSON.parse(client.answer?.body ?? '{}') as { holdId?: string };
        return [
          ...differences(await findOne(world, findings, [user]), { holds: 1, held: 2, holdId }),
          ...differences(
            { events: await eventsOfSeats(world, seatIds) },
            { events: [['seat.held 1'], ['seat.held 1']] },
          ),
          ...(await endlessSeatLocks(world, performanceId, holdSeconds * 1_000)),
        ];
      },
    };
  },
};
