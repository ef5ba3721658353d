import { answersOf, type Exchange } from '../../audit/exchange.ts';
import type { KnownHold } from './seat-model.ts';

/** A hold as the answer to the request that made or found it described it. */
export interface AnsweredHold extends KnownHold {
  readonly seatIds: readonly string[];
  readonly amount: number;
}

/** Every hold that an answer told somebody of, by its id. */
export function holdsByAnswer(exchanges: readonly Exchange[]): Map<string, AnsweredHold> {
  const answers = answersOf(exchanges, 'hold seats').filter(({ status }) => status < 300);
  return new Map(
    answers.map(({ json }) => {
      const { holdId, seatIds, amount, expiresAt, fence } = json;
      const hold = {
        holdId: String(holdId),
        seatIds: Array.isArray(seatIds) ? seatIds.map(String) : [],
        amount: Number(amount),
        expiresAtMs: Date.parse(String(expiresAt)),
        fence: Number(fence),
      };
      return [hold.holdId, hold] as const;
    }),
  );
}
