import { answersOf, type Exchange } from '../exchange.ts';
import type { Invariant } from '../invariant.ts';
import type { RoomSample } from '../room-sample.ts';

/**
 * Nobody waits while a higher ticket is inside. In Redis: at one instant. For clients: an answer `waiting` to a
 * request that was sent after the answer `admitted` to a higher ticket had come.
 */
export const admissionsInTicketOrder: Invariant = {
  name: 'admissions-in-ticket-order',
  claim: 'nobody is admitted before a lower ticket that is still waiting',
  needs: 'samples',
  async judge({ exchanges, samples }) {
    const inside = new Set(samples.flatMap(({ admittedTickets }) => [...admittedTickets.values()]));
    const seen = overtakenAnswers(exchanges);
    return {
      judged: inside.size + seen.admissions,
      counted: `${inside.size} admitted tickets in ${samples.length} samples, ${seen.admissions} admissions seen by clients`,
      violations: [...samples.flatMap(overtakenInSample), ...seen.violations],
    };
  },
};

function overtakenInSample({ waiting, admittedTickets, atMs }: RoomSample): string[] {
  const highest = Math.max(0, ...admittedTickets.values());
  return [...waiting]
    .filter(([, ticket]) => ticket < highest)
    .map(
      ([userId, ticket]) =>
        `${userId} waited with ticket ${ticket} while ${highest} was admitted, at ${atMs}`,
    );
}

function overtakenAnswers(exchanges: readonly Exchange[]): { admissions: number; violations: string[] } {
  const answers = answersOf(exchanges, 'enter queue', 'poll queue').filter(({ status }) => status < 300);
  const admitted = answers.filter(({ json }) => json.status === 'admitted');
  const waiting = answers
    .filter(({ json }) => json.status === 'waiting')
    .toSorted((a, b) => a.sentAtMs - b.sentAtMs);
  const violations: string[] = [];
  let known = 0;
  let highest = 0;
  for (const answer of waiting) {
    for (
      let next = admitted[known];
      next !== undefined && next.endedAtMs < answer.sentAtMs;
      next = admitted[known]
    ) {
      highest = Math.max(highest, Number(next.json.ticket));
      known += 1;
    }
    const ticket = Number(answer.json.ticket);
    if (ticket < highest)
      violations.push(
        `${answer.userId} was told to wait with ticket ${ticket} after ${highest} was admitted`,
      );
  }
  return { admissions: new Set(admitted.map(({ json }) => json.ticket)).size, violations };
}
