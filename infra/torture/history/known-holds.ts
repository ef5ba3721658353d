import { answersOf, type Exchange, readObject } from '../../audit/exchange.ts';
import type { KnownHold } from './seat-model.ts';

/** A hold as the answer to the request that made or found it described it. */
export interface AnsweredHold extends KnownHold {
  readonly seatIds: readonly string[];
  readonly amount: number;
  /** Somebody asked at some time for the cancellation of what was bought with it. */
  readonly mayBeCancelled: boolean;
}

/** A reservation that was paid for, as the answer told. */
export interface AnsweredReservation {
  readonly holdId: string;
  readonly amount: number;
}

/** Every reservation that an answer told somebody of, by its id. */
export function reservationsByAnswer(exchanges: readonly Exchange[]): Map<string, AnsweredReservation> {
  const answers = answersOf(exchanges, 'pay hold').filter(({ status }) => status === 201);
  return new Map(
    answers.map(({ json, body }) => {
      const holdId = String(readObject(body ?? '').holdId);
      return [String(json.reservationId), { holdId, amount: Number(json.amount) }] as const;
    }),
  );
}

/** The last part of a path: the id of what the request is about. */
export const idOf = ({ path }: Pick<Exchange, 'path'>): string => path.split('/').at(-1) ?? '';

/** Every hold that an answer told somebody of, by its id. */
export function holdsByAnswer(exchanges: readonly Exchange[]): Map<string, AnsweredHold> {
  const answers = answersOf(exchanges, 'hold seats').filter(({ status }) => status < 300);
  const reservations = reservationsByAnswer(exchanges);
  const cancellations = exchanges.filter(({ kind }) => kind === 'cancel reservation');
  const cancelled = new Set(cancellations.map((each) => reservations.get(idOf(each))?.holdId));
  return new Map(
    answers.map(({ json }) => {
      const { holdId, seatIds, amount, expiresAt, fence } = json;
      const hold = {
        holdId: String(holdId),
        seatIds: Array.isArray(seatIds) ? seatIds.map(String) : [],
        amount: Number(amount),
        expiresAtMs: Date.parse(String(expiresAt)),
        fence: Number(fence),
        mayBeCancelled: cancelled.has(String(holdId)),
      };
      return [hold.holdId, hold] as const;
    }),
  );
}
