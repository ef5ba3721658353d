import { applyEvent } from '../../../lib/events/apply-event.ts';
import { admitUser, giveHold, givePoints, newKey, openHall, points } from '../../../lib/testing/people.ts';
import { eventsOf } from '../../../lib/testing/stories.ts';
import type { Reply, Statements, Trial } from '../cell.ts';
import { partitions } from '../delivery-topic.ts';
import type { Lab } from '../laboratory.ts';
import { pay } from './ours-shopper.ts';
import { brokenInserts, raceHazard, times } from './race.ts';
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
  delivered: true,
  broken: brokenInserts,
  stage: async (lab) => {
    const id = await newRound(lab);
    return {
      id,
      attempt: (statements) => issueTicket(lab, statements, id),
      conditional: (statements) => issueTicketByKey(statements, id),
      audit: async () => ticketFault(await countRows(lab, 'entries', id)),
    };
  },
  stageOurs,
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

async function stageOurs(lab: Lab): Promise<Trial> {
  const hall = await openHall(lab, { seats: { rows: 1, seatsPerRow: 1, price: points(price) } });
  const user = await admitUser(lab, hall);
  const hold = await giveHold(lab, hall, user, 'A-1');
  await givePoints(lab, user, price);
  await pay(lab, user, hold, newKey());
  const event = (await eventsOf(lab, hall)).find(({ type }) => type === 'reservation.completed');
  if (event === undefined) throw new Error('a payment leaves an event');
  return {
    attempts: times(attempts, (index) =>
      lab.deliveries.deliver(index % partitions, async () => {
        await applyEvent(lab.db, event);
        return { outcome: 'done' };
      }),
    ),
    audit: async () => {
      const query = 'SELECT count(*) FROM tickets WHERE seat_id = $1';
      const { rows } = await lab.pool.query<{ count: number }>(query, [event.subject]);
      return ticketFault(rows[0]?.count);
    },
  };
}

const ticketFault = (tickets: number | undefined) => (tickets === 1 ? undefined : `${tickets} tickets`);
