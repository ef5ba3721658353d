import { applyEvent } from '../../../lib/events/apply-event.ts';
import { toCloudEvent } from '../../../lib/events/seat-event.ts';
import type { Hall } from '../../../lib/performances/hall.ts';
import { newUser, openHall, points, seatsOf } from '../../../lib/testing/people.ts';
import type { Reply, Statements, Trial } from '../cell.ts';
import { firstPartition } from '../delivery-topic.ts';
import type { Lab } from '../laboratory.ts';
import { raceHazard, times } from './race.ts';
import { newSeat } from './rows.ts';

const attempts = 6;
const unordered =
  'A lock lets one in at a time, in whatever order they come: an old event lands on a newer one.';

export const eventsOutOfOrder = raceHazard({
  name: 'events-out-of-order',
  title: `${attempts} events of one seat out of order`,
  explanation: 'Events of one seat come over several partitions: an old state is written over a newer one.',
  attempts,
  oursHold: 'The map takes a version only above its own.',
  arrival: 'ordered',
  broken: {
    none: 'Whoever comes last writes last, and that is not always the newest.',
    'for-update': unordered,
    serializable: unordered,
    advisory: unordered,
    simple: 'What comes while another is at work is refused, the newest event among them.',
    spin: unordered,
    pubsub: unordered,
    'lock-inside': unordered,
    'lock-after-snapshot':
      'Who has waited finds the row changed and is refused, the newest event among them.',
    'released-before-commit': unordered,
    'lock-before-transaction': unordered,
  },
  prepare: newSeat,
  round: (lab, id) => ({
    id,
    attempt: (statements, index) => overwrite(lab, statements, id, index + 1),
    conditional: async (statements, index) => {
      const condition = 'UPDATE lab.seats SET version = $2 WHERE id = $1 AND version < $2 RETURNING id';
      const changed = await statements.query(condition, [id, index + 1]);
      return { outcome: changed.length === 1 ? 'done' : 'repeated' };
    },
    audit: async (replies) => {
      const query = 'SELECT version FROM lab.seats WHERE id = $1';
      const { rows } = await lab.pool.query<{ version: number }>(query, [id]);
      return versionFault(rows[0]?.version, replies);
    },
  }),
  ours: {
    prepare: (lab) => openHall(lab, { seats: { rows: 1, seatsPerRow: 1, price: points(100) } }),
    trial: oursTrial,
  },
});

function oursTrial(lab: Lab, hall: Hall): Trial {
  const first = firstPartition(lab.random);
  return {
    attempts: times(attempts, (index) =>
      lab.deliveries.deliver(first + index, () => apply(lab, hall, index + 1)),
    ),
    audit: async (replies) => {
      const query = 'SELECT version FROM seat_map WHERE seat_id = $1';
      const { rows } = await lab.pool.query<{ version: number }>(query, seatsOf(hall, 'A-1'));
      return versionFault(rows[0]?.version, replies);
    },
  };
}

/** Writes the event's state down, as a consumer would that trusts the order in which events come. */
async function overwrite(lab: Lab, statements: Statements, id: string, version: number): Promise<Reply> {
  await statements.query('SELECT version FROM lab.seats WHERE id = $1', [id]);
  await lab.think();
  await statements.query('UPDATE lab.seats SET version = $2 WHERE id = $1', [id, version]);
  return { outcome: 'done' };
}

async function apply(lab: Lab, hall: Hall, version: number): Promise<Reply> {
  const { performanceId } = hall;
  const [seatId] = seatsOf(hall, 'A-1');
  if (seatId === undefined) throw new Error('the hall has one seat');
  const type = version % 2 === 1 ? 'seat.held' : 'seat.released';
  await applyEvent(
    lab.db,
    toCloudEvent({ type, data: { seatId, performanceId, userId: newUser(), version } }),
  );
  return { outcome: 'done' };
}

/** The state is that of the newest event, but for those that failed for a service that was away: they come again. */
function versionFault(version = 0, replies: readonly Reply[]): string | undefined {
  const newest = replies.findLastIndex(({ outcome }) => outcome !== 'failed') + 1;
  return version >= newest ? undefined : `event ${version} was written last, and not ${newest}`;
}
