import { payHold } from '../../../../lib/reservations/pay-hold.ts';
import { admitUser, giveHold, givePoints, newKey, openHall } from '../../../../lib/testing/people.ts';
import type { CrashWorld } from '../crash-world.ts';
import { type CrashOperation, differences } from '../operation.ts';
import { findOne } from './leftovers.ts';
import { outboxRecords, stageTopic } from './stage-topic.ts';

/** A payment of two seats, which are four events: what the consumer makes of them are two tickets. */
async function makeSale(world: CrashWorld) {
  const hall = await openHall(world);
  const user = await admitUser(world, hall);
  await givePoints(world, user, 1_000);
  const { holdId, seatIds } = await giveHold(world, hall, user, 'A-1', 'A-2');
  await payHold(world, { userId: user, holdId, idempotencyKey: newKey(), requestId: 'set-up' });
  return seatIds;
}

const findings = `
  SELECT (SELECT array_agg(status || ' ' || version ORDER BY seat_id)
      FROM seat_map WHERE seat_id = ANY ($1)) AS map,
    (SELECT array_agg(count ORDER BY seat_id) FROM (
      SELECT seat_id, count(*)::int FROM tickets WHERE seat_id = ANY ($1) GROUP BY seat_id) AS each) AS tickets`;

/** The topic of the reservation events to the seat map and the tickets, in some deliveries. */
export const eventsBatch: CrashOperation = {
  name: 'events-batch',
  async stage(world, survivor) {
    const seatIds = await makeSale(world);
    const records = await outboxRecords(world, 'reservation-events', seatIds);
    return stageTopic({ world, survivor }, 'consume-reservation-events', records, async () =>
      differences(await findOne(world, findings, [seatIds]), { map: ['sold 2', 'sold 2'], tickets: [1, 1] }),
    );
  },
};
