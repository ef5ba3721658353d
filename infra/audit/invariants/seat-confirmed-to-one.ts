import { answersOf } from '../exchange.ts';
import type { Invariant } from '../invariant.ts';

/** Judged from the answers alone: a payment's 201 names its seats, and no seat may be named to two users. */
export const seatConfirmedToOne: Invariant = {
  name: 'seat-confirmed-to-one',
  claim: 'no two clients were told that one seat is theirs',
  needs: 'clients',
  async judge({ exchanges }) {
    const owners = new Map<string, Set<string>>();
    for (const { json, status, userId } of answersOf(exchanges, 'pay hold')) {
      if (status !== 201 || !Array.isArray(json.seatIds)) continue;
      for (const seatId of json.seatIds.map(String)) {
        owners.set(
          seatId,
          (owners.get(seatId) ?? new Set()).add(`${userId} (${String(json.reservationId)})`),
        );
      }
    }
    return {
      judged: owners.size,
      counted: `${owners.size} seats confirmed`,
      violations: [...owners]
        .filter(([, users]) => users.size > 1)
        .map(([seatId, users]) => `seat ${seatId} was confirmed to ${[...users].join(' and ')}`),
    };
  },
};
