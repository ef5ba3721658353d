import { randomUUID } from 'node:crypto';

declare const brand: unique symbol;
type Branded<T, Name extends string> = T & { readonly [brand]: Name };

export type UserId = Branded<string, 'UserId'>;
export type PerformanceId = Branded<string, 'PerformanceId'>;
export type SeatId = Branded<string, 'SeatId'>;
export type HoldId = Branded<string, 'HoldId'>;
export type ReservationId = Branded<string, 'ReservationId'>;
export type ReservationRequestId = Branded<string, 'ReservationRequestId'>;
export type PaymentId = Branded<string, 'PaymentId'>;
export type ChargeId = Branded<string, 'ChargeId'>;
/** Whole points; 1 point = 1 KRW. Never fractions, always a safe integer. */
export type Points = Branded<number, 'Points'>;

/** What the contract allows as an id: at most 64 characters that need no escaping anywhere. */
export const idPattern = /^[A-Za-z0-9\-_.:]{1,64}$/;

/**
 * A new id, e.g. `newId<HoldId>()`. Random rather than counted: an id tells nobody how much was sold.
 */
export function newId<Id extends Branded<string, string>>(): Id {
  // The brand exists at compile time alone; this is the one place where ids are made.
  return randomUUID() as string as Id;
}
