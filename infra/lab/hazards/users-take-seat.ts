import type { UserId } from '../../../lib/ids.ts';
import type { Hall } from '../../../lib/performances/hall.ts';
import { admitUsers, points } from '../../../lib/testing/people.ts';
import type { Attempted, Reply, Statements } from '../cell.ts';
import type { Lab } from '../laboratory.ts';
import { askForSeats, heldOrRepeated, openSeats } from './ours-seat.ts';
import { brokenAlways, raceHazard } from './race.ts';
import { countDone, refusedOrThrow } from './refusals.ts';
import { newSeat } from './rows.ts';

const attempts = 6;

export const usersTakeSeat = raceHazard({
  name: 'users-take-seat',
  title: `${attempts} users take one seat`,
  explanation: 'All see the seat free and write their name on it: several people are told that it is theirs.',
  attempts,
  oursHold:
    'A lock turns nearly all away, and the conditional UPDATE of the seat decides, with the fence of the lock.',
  broken: brokenAlways,
  prepare: newSeat,
  round: (lab, id) => ({
    id,
    attempt: (statements, index) => take(lab, statements, id, index),
    conditional: async (statements, index) => {
      const condition = 'UPDATE lab.seats SET holder = $2 WHERE id = $1 AND holder IS NULL RETURNING id';
      const taken = await statements.query(condition, [id, `user-${index}`]);
      return { outcome: taken.length === 1 ? 'done' : 'refused' };
    },
    audit: async (replies) => holderFault(replies),
  }),
  ours: {
    prepare: async (lab) => {
      const hall = await openSeats(lab, { seats: { rows: 1, seatsPerRow: 1, price: points(100) } });
      return { hall, users: await admitUsers(lab, hall, attempts) };
    },
    trial: (lab, { hall, users }: { readonly hall: Hall; readonly users: readonly UserId[] }) => ({
      attempts: users.map(
        (userId) => () => askForSeats(lab, hall, userId, 'A-1').then(heldOrRepeated, refusedOrThrow),
      ),
      audit: async (replies) => holderFault(replies),
    }),
  },
});

async function take(lab: Lab, statements: Statements, id: string, index: number): Promise<Reply> {
  const query = 'SELECT holder FROM lab.seats WHERE id = $1';
  const [seat] = await statements.query<{ holder: string | null }>(query, [id]);
  if (seat?.holder !== null) return { outcome: 'refused' };
  await lab.think();
  await statements.query('UPDATE lab.seats SET holder = $2 WHERE id = $1', [id, `user-${index}`]);
  return { outcome: 'done' };
}

function holderFault(replies: readonly Attempted[]): string | undefined {
  const { done, isOne } = countDone(replies);
  return isOne ? undefined : `${done} holders`;
}
