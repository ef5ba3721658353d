import { createHash } from 'node:crypto';
import { type Selectable, sql } from 'kysely';
import type { Database } from '../db/schema.ts';
import type { PerformanceId, Points } from '../ids.ts';

/** A performance and how it is sold, as the contract shows it. */
export interface Performance {
  readonly performanceId: PerformanceId;
  readonly name: string;
  readonly startsAt: string;
  readonly opensAt: string;
  readonly seats: { readonly rows: number; readonly seatsPerRow: number; readonly price: Points };
  readonly waitingRoom: {
    readonly capacity: number;
    readonly admitPerSecond: number;
    readonly admissionSeconds: number;
    readonly heartbeatSeconds: number;
    readonly draw: boolean;
  };
  readonly holdSeconds: number;
  readonly maxSeatsPerUser: number;
  /** With a draw: SHA-256 of its seed, in lower-case hex. */
  readonly drawCommitment?: string;
  /** The seed itself, from `opensAt` on. */
  readonly drawSeed?: string;
}

/** When a row is read, by the clock that tells whether its sale has opened. */
export const readAt = sql<Date>`clock_timestamp()`.as('read_at');

export type PerformanceRow = Selectable<Database['performances']> & { readonly read_at: Date };

export function toPerformance(row: PerformanceRow): Performance {
  return {
    performanceId: row.performance_id,
    name: row.name,
    startsAt: row.starts_at.toISOString(),
    opensAt: row.opens_at.toISOString(),
    seats: { rows: row.row_count, seatsPerRow: row.seats_per_row, price: row.price },
    waitingRoom: {
      capacity: row.capacity,
      admitPerSecond: row.admit_per_second,
      admissionSeconds: row.admission_seconds,
      heartbeatSeconds: row.heartbeat_seconds,
      draw: row.draw,
    },
    holdSeconds: row.hold_seconds,
    maxSeatsPerUser: row.max_seats_per_user,
    ...drawOf(row),
  };
}

function drawOf({ draw_seed: seed, opens_at, read_at }: PerformanceRow) {
  if (seed === null) return {};
  const drawCommitment = createHash('sha256').update(Buffer.from(seed, 'hex')).digest('hex');
  return read_at < opens_at ? { drawCommitment } : { drawCommitment, drawSeed: seed };
}
