import { payHold } from '../../../../lib/reservations/pay-hold.ts';
import { admitUser, giveHold, givePoints, newKey, openHall } from '../../../../lib/testing/people.ts';
import { Client } from '../client.ts';
import { httpInvocation } from '../invocation.ts';
import { type CrashOperation, differences } from '../operation.ts';
import { endlessWalletLocks, eventsOfSeats, findOne } from './leftovers.ts';

const points = 1_000;
/** Two seats at 100. */
const amount = 200;
const eventsOfSeat = ['seat.held 1', 'reservation.completed 2', 'reservation.cancelled 3'];
const route = 'DELETE /reservations/{reservationId}';

const findings = `
  SELECT (SELECT balance::int FROM wallets WHERE user_id = $1) AS balance,
    (SELECT count(*)::int FROM payments WHERE hold_id = $2) AS payments,
    (SELECT status FROM reservations WHERE hold_id = $2) AS reservation,
    (SELECT count(*)::int FROM seats WHERE seat_id = ANY ($3) AND status = 'available') AS free,
    (SELECT array_agg(amount::int ORDER BY entry_id) FROM ledger_entries WHERE user_id = $1) AS entries`;

const cancelledOnce = {
  balance: points,
  payments: 1,
  reservation: 'cancelled',
  free: 2,
  entries: [points, -amount, amount],
};

export const cancellation: CrashOperation = {
  name: 'cancellation',
  async stage(world, survivor) {
    const hall = await openHall(world);
    const user = await admitUser(world, hall);
    await givePoints(world, user, points);
    const { holdId, seatIds } = await giveHold(world, hall, user, 'A-1', 'A-2');
    const wanted = { userId: user, holdId, idempotencyKey: newKey(), requestId: 'set-up' };
    const { text } = await payHold(world, wanted);
    // The body of a 201: what was staged before leaves nothing to refuse.
    const { reservationId } = JSON.parse(text) as { reservationId: string };
    const request = { token: await world.tokenOf(user), idempotencyKey: newKey(), path: { reservationId } };
    const invocation = httpInvocation('cancel-reservation', route, request);
    const client = new Client(survivor, invocation);
    return {
      invocation,
      repeat: () => client.repeat(),
      audit: async (heard) => [
        ...(await client.auditReplay(heard, 200)),
        ...differences(await findOne(world, findings, [user, holdId, seatIds]), cancelledOnce),
        ...differences(
          { events: await eventsOfSeats(world, seatIds) },
          { events: [eventsOfSeat, eventsOfSeat] },
        ),
        ...(await endlessWalletLocks(world, user)),
      ],
    };
  },
};
