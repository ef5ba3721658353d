import { answersOf } from '../exchange.ts';
import type { Evidence, Invariant } from '../invariant.ts';

/** A time in which a client could be sure that the seat is its own. */
type Ownership = { readonly owner: string; readonly fromMs: number; readonly untilMs: number };

/**
 * Judged from the answers alone: a payment's 201 names its seats, which are the client's from that answer until it
 * asks to cancel the reservation. No seat may be two clients' at one time.
 */
export const seatConfirmedToOne: Invariant = {
  name: 'seat-confirmed-to-one',
  claim: 'no two clients were told that one seat is theirs',
  needs: 'clients',
  async judge({ exchanges }) {
    const ownerships = ownershipsOf(exchanges);
    return {
      judged: ownerships.size,
      counted: `${ownerships.size} seats confirmed`,
      violations: [...ownerships].flatMap(([seatId, owners]) =>
        overlapsOf(owners).map((both) => `seat ${seatId} was confirmed to ${both}`),
      ),
    };
  },
};

function ownershipsOf(exchanges: Evidence['exchanges']): Map<string, Ownership[]> {
  const givenUpAtMs = new Map<string, number>();
  for (const { kind, path, sentAtMs } of exchanges) {
    if (kind !== 'cancel reservation') continue;
    givenUpAtMs.set(path, Math.min(givenUpAtMs.get(path) ?? Infinity, sentAtMs));
  }
  const ownerships = new Map<string, Ownership[]>();
  for (const { json, status, userId, endedAtMs } of answersOf(exchanges, 'pay hold')) {
    if (status !== 201 || !Array.isArray(json.seatIds)) continue;
    const reservationId = String(json.reservationId);
    const untilMs = givenUpAtMs.get(`/reservations/${reservationId}`) ?? Infinity;
    const ownership = { owner: `${userId} (${reservationId})`, fromMs: endedAtMs, untilMs };
    for (const seatId of json.seatIds.map(String)) {
      const known = ownerships.get(seatId) ?? [];
      // The first answer counts; a replay says the same later.
      const isNew = known.every(({ owner }) => owner !== ownership.owner);
      ownerships.set(seatId, isNew ? [...known, ownership] : known);
    }
  }
  return ownerships;
}

/** Owners whose time had not ended when that of another began; in the order in which they began. */
function overlapsOf(owners: readonly Ownership[]): string[] {
  return owners.flatMap(({ owner, fromMs, untilMs }, index) => {
    const others = owners.slice(0, index).filter((other) => other.untilMs > fromMs && fromMs < untilMs);
    return others.map((other) => `${other.owner} and ${owner}`);
  });
}
