import { type Answered, answersOf, slugOf } from '../exchange.ts';
import type { Invariant } from '../invariant.ts';

/** Stored answers (2xx, 402, the 409s of the state of things) come again to the byte, and only once as a first answer. */
export const oneAnswerPerKey: Invariant = {
  name: 'one-answer-per-key',
  claim: 'no client saw two different answers for one key',
  needs: 'clients',
  async judge({ exchanges }) {
    const answers = answersOf(exchanges, 'charge wallet', 'pay hold', 'cancel reservation').filter(isStored);
    const byKey = Map.groupBy(
      answers,
      ({ kind, userId, idempotencyKey }) => `${kind} ${userId} ${idempotencyKey}`,
    );
    const repeated = [...byKey.values()].filter((same) => same.length > 1).length;
    return {
      judged: repeated,
      counted: `${byKey.size} keys, ${repeated} of them answered more than once`,
      violations: [...byKey].flatMap(([name, same]) => {
        const different = new Set(same.map(({ status, text }) => `${status} ${text}`)).size;
        const first = same.filter(({ replayed }) => !replayed).length;
        return [
          ...(different > 1 ? [`${name} had ${different} different answers`] : []),
          ...(first > 1 ? [`${name} had ${first} answers that were no replay`] : []),
        ];
      }),
    };
  },
};

function isStored({ status, text }: Answered): boolean {
  if (status === 409) return slugOf(text) !== 'request-in-progress';
  return status < 300 || status === 402;
}
