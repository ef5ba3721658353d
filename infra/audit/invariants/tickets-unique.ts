import { answersOf } from '../exchange.ts';
import type { Invariant } from '../invariant.ts';

/** No two users ever showed the same ticket of a performance: neither to their clients nor in Redis. */
export const ticketsUnique: Invariant = {
  name: 'tickets-unique',
  claim: 'a ticket belongs to one user',
  needs: 'samples',
  async judge({ exchanges, samples }) {
    const owners = new Map<string, Set<string>>();
    const note = (performanceId: string, ticket: number, userId: string) => {
      const name = `${performanceId} ${ticket}`;
      const users = owners.get(name) ?? new Set();
      owners.set(name, users.add(userId));
    };
    for (const { performanceId, waiting, admittedTickets } of samples) {
      for (const [userId, ticket] of waiting) note(performanceId, ticket, userId);
      for (const [userId, ticket] of admittedTickets) note(performanceId, ticket, userId);
    }
    for (const { path, json, userId, status } of answersOf(exchanges, 'enter queue', 'poll queue')) {
      const performanceId = path.split('/')[2] ?? '';
      if (status < 300) note(performanceId, Number(json.ticket), userId);
    }
    const shared = [...owners].filter(([, users]) => users.size > 1);
    return {
      judged: owners.size,
      counted: `${owners.size} tickets`,
      violations: shared.map(
        ([name, users]) => `ticket ${name.split(' ')[1]} belonged to ${[...users].join(', ')}`,
      ),
    };
  },
};
