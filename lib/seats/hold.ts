import { type Selectable, sql } from 'kysely';
import type { Database } from '../db/schema.ts';
import type { HoldId, Points, SeatId } from '../ids.ts';

export type HoldStatus = 'held' | 'expired' | 'released' | 'paid';

/** Seats that one person has for some time. */
export interface Hold {
  readonly holdId: HoldId;
  readonly seatIds: readonly SeatId[];
  readonly amount: Points;
  readonly expiresAt: string;
  readonly fence: number;
}

export function toHold(row: Selectable<Database['holds']>): Hold {
  return {
    holdId: row.hold_id,
    seatIds: row.seat_ids,
    amount: row.amount,
    expiresAt: row.expires_at.toISOString(),
    fence: row.fence,
  };
}

/** What a hold is now, by the database's clock: an expired one needs nobody to say so. */
export const holdStatus = sql<HoldStatus>`
  CASE WHEN status = 'held' AND expires_at <= clock_timestamp() THEN 'expired' ELSE status END`;
