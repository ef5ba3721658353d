import { enterQueue } from '../../../lib/queue/enter-queue.ts';
import { newUser, openHall } from '../../../lib/testing/people.ts';
import { stageEntry } from './entry.ts';
import { brokenInserts, raceHazard, times } from './race.ts';
import { countRows } from './rows.ts';

const attempts = 6;
const receiptKey = 'a key for the receipts of the laboratory';

export const sameUserEnters = raceHazard({
  name: 'same-user-enters',
  title: `One user enters ${attempts} times at once`,
  explanation: 'Every tap finds no place in the line yet and takes one: one person, several places.',
  attempts,
  oursHold: 'One Lua script looks, counts and enters; nothing comes in between.',
  broken: brokenInserts,
  stage: (lab) =>
    stageEntry(
      lab,
      () => 'user',
      (id) => async () => {
        const places = await countRows(lab, 'entries', id);
        return places === 1 ? undefined : `${places} places`;
      },
    ),
  stageOurs: async (lab) => {
    const { performanceId } = await openHall(lab);
    const userId = newUser();
    const services = { ...lab, receiptKey };
    return {
      attempts: times(attempts, async () => {
        const { place, created } = await enterQueue(services, { performanceId, userId });
        return { outcome: created ? 'done' : 'repeated', ticket: place.ticket ?? Number.NaN };
      }),
      audit: async (replies) => {
        const tickets = new Set(replies.map(({ ticket }) => ticket));
        const firsts = replies.filter(({ outcome }) => outcome === 'done').length;
        return tickets.size === 1 && firsts === 1
          ? undefined
          : `${tickets.size} tickets, ${firsts} first entries`;
      },
    };
  },
});
