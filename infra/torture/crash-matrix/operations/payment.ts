import { admitUser, giveHold, givePoints, newKey, openHall } from '../../../../lib/testing/people.ts';
import { Client } from '../client.ts';
import { httpInvocation } from '../invocation.ts';
import { type CrashOperation, differences } from '../operation.ts';
import { endlessWalletLocks, eventsOfSeats, findOne } from './leftovers.ts';

const points = 1_000;
/** Two seats at 100. */
const amount = 200;
const eventsOfSeat = ['seat.held 1', 'reservation.completed 2'];

const findings = `
  SELECT (SELECT balance::int FROM wallets WHERE user_id = $1) AS balance,
    (SELECT count(*)::int FROM payments WHERE hold_id = $2) AS payments,
    (SELECT count(*)::int FROM reservations WHERE hold_id = $2 AND status = 'confirmed') AS reservations,
    (SELECT count(*)::int FROM reservation_seats JOIN reservations USING (reservation_id)
      WHERE hold_id = $2) AS reserved,
    (SELECT count(*)::int FROM seats JOIN reservations USING (reservation_id)
      WHERE reservations.hold_id = $2 AND seats.status = 'sold') AS sold,
    (SELECT array_agg(amount::int ORDER BY entry_id) FROM ledger_entries WHERE user_id = $1) AS entries,
    (SELECT status FROM holds WHERE holds.hold_id = $2) AS hold`;

const paidOnce = {
  balance: points - amount,
  payments: 1,
  reservations: 1,
  reserved: 2,
  sold: 2,
  entries: [points, -amount],
  hold: 'paid',
};

export const payment: CrashOperation = {
  name: 'payment',
  async stage(world, survivor) {
    const hall = await openHall(world);
    const user = await admitUser(world, hall);
    await givePoints(world, user, points);
    const { holdId, seatIds } = await giveHold(world, hall, user, 'A-1', 'A-2');
    const request = { token: await world.tokenOf(user), idempotencyKey: newKey(), body: { holdId } };
    const invocation = httpInvocation('pay-hold', 'POST /payments', request);
    const client = new Client(survivor, invocation);
    return {
      invocation,
      repeat: () => client.repeat(),
      audit: async (heard) => [
        ...(await client.auditReplay(heard, 201)),
        ...differences(await findOne(world, findings, [user, holdId]), paidOnce),
        ...differences(
          { events: await eventsOfSeats(world, seatIds) },
          { events: [eventsOfSeat, eventsOfSeat] },
        ),
        ...(await endlessWalletLocks(world, user)),
      ],
    };
  },
};
