import { applyEvent } from '../../../lib/events/apply-event.ts';
import type { SeatCloudEvent } from '../../../lib/events/seat-event.ts';
import { admitUser, giveHold, givePoints, newKey, openHall, points } from '../../../lib/testing/people.ts';
import { eventsOf } from '../../../lib/testing/stories.ts';
import type { Reply, Statements, Trial } from '../cell.ts';
import { firstPartition } from '../delivery-topic.ts';
import type { Lab } from '../laboratory.ts';
import { pay } from './ours-shopper.ts';
import { brokenInserts, raceHazard, times } from './race.ts';
import { countDone } from './refusals.ts';
import { countRows, newRound } from './rows.ts';

const attempts = 3;
const price = 100;

export const sameEvent = raceHazard({
  name: 'same-event',
  title: `The same event ${attempts} times`,
  explanation:
    'An event is delivered again while its first delivery is still at work: both issue the ticket.',
  attempts,
  oursHold: 'The version marks what was applied, and a seat of a reservation has one ticket by a unique key.',
  arrival: 'delivered',
  broken: brokenInserts,
  prepare: newRound,
  round: (lab, id) => ({
    id,
    attempt: (statements) => issueTicket(lab, statements, id),
    conditional: (statements) => issueTicketByKey(statements, id),
    audit: async (replies) => ticketFault(await countRows(lab, 'entries', id), replies),
  }),
  ours: { prepare: prepareOurs, trial: oursTrial },
});

/** A ticket for an event that was not seen before, and the mark that it was. */
async function issueTicket(lab: Lab, statements: Statements, id: string): Promise<Reply> {
  const seen = await statements.query("SELECT FROM lab.operations WHERE id = $1 AND key = 'event'", [id]);
  if (seen.length > 0) return { outcome: 'repeated' };
  await lab.think();
  await statements.query("INSERT INTO lab.entries VALUES ($1, 'user', 1)", [id]);
  await statements.query("INSERT INTO lab.operations VALUES ($1, 'event')", [id]);
  return { outcome: 'done' };
}

async function issueTicketByKey(statements: Statements, id: string): Promise<Reply> {
  const issued = await statements.query(
    `WITH mark AS (
       INSERT INTO lab.operations VALUES ($1, 'event', true) ON CONFLICT (id, key) WHERE guarded DO NOTHING RETURNING id)
     INSERT INTO lab.entries SELECT id, 'user', 1 FROM mark RETURNING id`,
    [id],
  );
  return { outcome: issued.length === 1 ? 'done' : 'repeated' };
}

/** A seat that was paid for. @returns the event of it */
async function prepareOurs(lab: Lab): Promise<SeatCloudEvent> {
  const hall = await openHall(lab, { seats: { rows: 1, seatsPerRow: 1, price: points(price) } });
  const user = await admitUser(lab, hall);
  const hold = await giveHold(lab, hall, user, 'A-1');
  await givePoints(lab, user, price);
  await pay(lab, user, hold, newKey());
  const event = (await eventsOf(lab, hall)).find(({ type }) => type === 'reservation.completed');
  if (event === undefined) throw new Error('a payment leaves an event');
  return event;
}

function oursTrial(lab: Lab, event: SeatCloudEvent): Trial {
  const first = firstPartition(lab.random);
  return {
    attempts: times(attempts, (index) =>
      lab.deliveries.deliver(first + index, async () => {
        await applyEvent(lab.db, event);
        return { outcome: 'done' };
      }),
    ),
    audit: async (replies) => {
      const query = 'SELECT count(*) FROM tickets WHERE seat_id = $1';
      const { rows } = await lab.pool.query<{ count: number }>(query, [event.subject]);
      return ticketFault(rows[0]?.count, replies);
    },
  };
}

/** One ticket; none yet where a delivery failed, since it will be made again. */
function ticketFault(tickets: number | undefined, replies: readonly Reply[]): string | undefined {
  const { done, isOne } = countDone(replies);
  return tickets === 1 || (tickets === 0 && done === 0 && isOne) ? undefined : `${tickets} tickets`;
}
