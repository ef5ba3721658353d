import { enterQueue } from '../../../lib/queue/enter-queue.ts';
import { newUser, openHall } from '../../../lib/testing/people.ts';
import type { Attempted } from '../cell.ts';
import { stageEntry } from './entry.ts';
import { brokenInserts, raceHazard, times } from './race.ts';

const attempts = 6;
const receiptKey = 'a key for the receipts of the laboratory';

export const usersEnter = raceHazard({
  name: 'users-enter',
  title: `${attempts} users enter at once`,
  explanation: 'All read the same last ticket and take the next: one ticket, several people, and no order.',
  attempts,
  oursHold: 'The ticket is counted up in the script that enters: a total order.',
  broken: brokenInserts,
  stage: (lab) =>
    stageEntry(
      lab,
      (index) => `user-${index}`,
      () => async (replies) => ticketFault(replies),
    ),
  stageOurs: async (lab) => {
    const { performanceId } = await openHall(lab);
    const services = { ...lab, receiptKey };
    return {
      attempts: times(attempts, async () => {
        const { place } = await enterQueue(services, { performanceId, userId: newUser() });
        return { outcome: 'done', ticket: place.ticket ?? Number.NaN };
      }),
      audit: async (replies) => ticketFault(replies),
    };
  },
});

/** Tickets are 1, 2, 3 …, each once, and who came after another had the ticket has a higher one. */
export function ticketFault(replies: readonly Attempted[]): string | undefined {
  const given = replies.filter(({ outcome }) => outcome === 'done');
  const tickets = given.map(({ ticket }) => ticket ?? Number.NaN).toSorted((a, b) => a - b);
  if (new Set(tickets).size < tickets.length) return `a ticket twice: ${tickets.join(', ')}`;
  if (tickets.some((ticket, index) => ticket !== index + 1)) return `not 1, 2, 3 …: ${tickets.join(', ')}`;
  const overtook = given.some((late) =>
    given.some((early) => early.endedMs < late.startedMs && Number(early.ticket) > Number(late.ticket)),
  );
  return overtook ? 'a later arrival has the lower ticket' : undefined;
}
