import { newUser } from '../../../lib/testing/people.ts';
import type { Attempted, Staging } from '../cell.ts';
import { entry } from './entry.ts';
import { enter, epochOf, type Line, openEarlyLine, placeFault } from './ours-line.ts';
import { brokenInserts, raceHazard, times } from './race.ts';
import { countDone } from './refusals.ts';
import { countRows, newRound } from './rows.ts';

const attempts = 6;

export const sameUserEnters = raceHazard({
  name: 'same-user-enters',
  title: `One user enters ${attempts} times at once`,
  explanation: 'Every tap finds no place in the line yet and takes one: one person, several places.',
  attempts,
  oursHold: 'One Lua script looks, counts and enters; nothing comes in between.',
  broken: brokenInserts,
  prepare: newRound,
  round: (lab, id) => ({
    ...entry(lab, id, () => 'user'),
    audit: async (replies) => {
      const places = await countRows(lab, 'entries', id);
      const { done, isOne } = countDone(replies);
      return places === 1 || (places === 0 && done === 0 && isOne) ? undefined : `${places} places`;
    },
  }),
  ours: ours(true),
  oursWithoutReceipts: ours(false),
});

/** @param withReceipts whether the user comes back with the receipts that were given */
function ours(withReceipts: boolean): Staging<Line> {
  return {
    prepare: (lab) => openEarlyLine(lab, [newUser()]),
    trial: (lab, line) => ({
      attempts: times(attempts, () => enter(lab, line, 0)),
      audit: async (replies) =>
        doubleFault(line, replies) ?? placeFault(lab, line, () => 0, replies, withReceipts),
    }),
  };
}

/** One ticket in each line, and one attempt that was the first in it unless its answer was lost. */
function doubleFault(line: Line, replies: readonly Attempted[]): string | undefined {
  const given = replies.filter(({ ticket }) => ticket !== undefined);
  const tickets = new Set(given.map(({ ticket }) => ticket)).size;
  const lines = new Set(given.map((reply) => epochOf(line, reply))).size;
  if (tickets !== lines) return `${tickets} tickets in ${lines} lines`;
  const firsts = given.filter(({ outcome }) => outcome === 'done').length;
  const isComplete = given.length === replies.length;
  return firsts > lines || (firsts < lines && isComplete) ? `${firsts} first entries` : undefined;
}
