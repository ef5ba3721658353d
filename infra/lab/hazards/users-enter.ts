import { newUser } from '../../../lib/testing/people.ts';
import type { Attempted, Staging } from '../cell.ts';
import { entry } from './entry.ts';
import { enter, epochOf, type Line, openEarlyLine, placeFault } from './ours-line.ts';
import { brokenInserts, raceHazard, times } from './race.ts';
import { newRound } from './rows.ts';

const attempts = 6;

export const usersEnter = raceHazard({
  name: 'users-enter',
  title: `${attempts} users enter at once`,
  explanation: 'All read the same last ticket and take the next: one ticket, several people, and no order.',
  attempts,
  oursHold: 'The ticket is counted up in the script that enters: a total order.',
  broken: brokenInserts,
  prepare: newRound,
  round: (lab, id) => ({
    ...entry(lab, id, (index) => `user-${index}`),
    audit: async (replies) => orderFault(replies) ?? gapFault(replies),
  }),
  ours: ours(true),
  oursWithoutReceipts: ours(false),
});

/** @param withReceipts whether the users come back with the receipts that they were given */
function ours(withReceipts: boolean): Staging<Line> {
  return {
    prepare: (lab) =>
      openEarlyLine(
        lab,
        Array.from({ length: attempts }, () => newUser()),
      ),
    trial: (lab, line) => ({
      attempts: times(attempts, (index) => enter(lab, line, index)),
      audit: async (replies) => {
        // After a loss tickets go on from far above, and an answer that was lost has taken one.
        const isWhole = replies.every((reply) => epochOf(line, reply) === 1);
        const fault = orderFault(replies) ?? (isWhole ? gapFault(replies) : undefined);
        return fault ?? placeFault(lab, line, (index) => index, replies, withReceipts);
      },
    }),
  };
}

const givenIn = (replies: readonly Attempted[]) =>
  replies.flatMap(({ outcome, ticket, ...span }) =>
    outcome === 'done' ? [{ ...span, ticket: ticket ?? Number.NaN }] : [],
  );

/** Each ticket was given once, and who came after another had the ticket has a higher one. */
export function orderFault(replies: readonly Attempted[]): string | undefined {
  const given = givenIn(replies);
  const tickets = given.map(({ ticket }) => ticket).toSorted((a, b) => a - b);
  if (new Set(tickets).size < tickets.length) return `a ticket twice: ${tickets.join(', ')}`;
  const overtook = given.some((late) =>
    given.some((early) => early.endedMs < late.startedMs && early.ticket > late.ticket),
  );
  return overtook ? 'a later arrival has the lower ticket' : undefined;
}

/** Tickets are 1, 2, 3 … */
export function gapFault(replies: readonly Attempted[]): string | undefined {
  const tickets = givenIn(replies)
    .map(({ ticket }) => ticket)
    .toSorted((a, b) => a - b);
  return tickets.some((ticket, index) => ticket !== index + 1)
    ? `not 1, 2, 3 …: ${tickets.join(', ')}`
    : undefined;
}
