import { answersOf } from '../exchange.ts';
import type { Invariant } from '../invariant.ts';

/** Within one stay all answers name one ticket, and at no instant is anyone both waiting and admitted. */
export const onePlacePerUser: Invariant = {
  name: 'one-place-per-user',
  claim: 'a user has one place in the line, however often and however fast the button is pressed',
  needs: 'samples',
  async judge({ exchanges, samples }) {
    const violations: string[] = [];
    const ticketOf = new Map<string, number>();
    const answers = answersOf(exchanges, 'enter queue', 'poll queue').filter(({ status }) => status < 300);
    for (const { userId, stay, path, json } of answers) {
      const place = `${path.split('/')[2]} ${userId} ${stay}`;
      const ticket = Number(json.ticket);
      const known = ticketOf.get(place) ?? ticket;
      ticketOf.set(place, known);
      if (known !== ticket) violations.push(`${userId} had ticket ${known} and ticket ${ticket} in one stay`);
    }
    for (const { waiting, admitted, atMs } of samples) {
      for (const userId of admitted.keys()) {
        if (waiting.has(userId)) violations.push(`${userId} was in the line and admitted at ${atMs}`);
      }
    }
    const places = samples.reduce((sum, { waiting, admitted }) => sum + waiting.size + admitted.size, 0);
    return {
      judged: ticketOf.size + places,
      counted: `${ticketOf.size} stays in ${answers.length} answers, ${places} places in ${samples.length} samples`,
      violations,
    };
  },
};
