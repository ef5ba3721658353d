import { admitUsers, openHall, seatsOf } from '../../../../lib/testing/people.ts';
import { ask, askInTurn, decisionsOf } from '../../../../lib/testing/requests.ts';
import { type CrashOperation, differences } from '../operation.ts';
import { eventsOfSeats, findOne } from './leftovers.ts';
import { outboxRecords, stageTopic } from './stage-topic.ts';

const findings = `
  SELECT array_agg(holds.user_id = request.user_id AND seats.status = 'held') AS held
  FROM reservation_requests AS request JOIN holds USING (hold_id) JOIN seats USING (hold_id)
  WHERE request.request_id = ANY ($1)`;

/** Two requests for one seat, and one for another: the first of each has it. */
export const requestsBatch: CrashOperation = {
  name: 'requests-batch',
  async stage(world, survivor) {
    const hall = await openHall(world);
    const [last, ...first] = await admitUsers(world, hall, 3);
    if (last === undefined) throw new Error('three were admitted');
    const requestIds = [...(await askInTurn(world, hall, first, 'A-1')), await ask(world, hall, last, 'A-2')];
    const seatIds = seatsOf(hall, 'A-1', 'A-2');
    const records = await outboxRecords(world, 'reservation-requests', seatIds);
    return stageTopic({ world, survivor }, 'consume-reservation-requests', records, async () =>
      differences(
        {
          ...(await findOne(world, findings, [requestIds])),
          decisions: await decisionsOf(world, requestIds),
          events: await eventsOfSeats(world, seatIds),
          ...(await findOne(world, 'SELECT count(*)::int AS holds FROM holds WHERE performance_id = $1', [
            hall.performanceId,
          ])),
        },
        {
          decisions: ['held', 'seat-unavailable', 'held'],
          holds: 2,
          held: [true, true],
          events: [['seat.held 1'], ['seat.held 1']],
        },
      ),
    );
  },
};
