import { sql } from 'kysely';
import { callDatabase } from '../db/call-database.ts';
import type { Db } from '../db/client.ts';
import type { SeatStatus } from '../db/schema.ts';
import { Problem } from '../errors.ts';
import type { PerformanceId, SeatId } from '../ids.ts';

export interface SeatMap {
  readonly items: readonly {
    readonly seatId: SeatId;
    readonly row: string;
    readonly number: number;
    readonly price: number;
    readonly status: SeatStatus;
  }[];
  /** When the map last changed. */
  readonly asOf: string;
}

/** One that was paid is not over: its seats are sold, though the map has not heard of it yet. */
const holdIsOver = sql`(holds.status = 'held' AND holds.expires_at <= now())`;

/**
 * The seats of a performance as the consumer of their events knows them, from the stage to the back. One
 * SELECT. A hold that is over shows as available although no event has said so yet.
 *
 * @throws Problem `not-found`
 */
export async function readSeatMap(db: Db, performanceId: PerformanceId): Promise<SeatMap> {
  const rows = await callDatabase(() =>
    db
      .selectFrom('seats')
      .innerJoin('performances', 'performances.performance_id', 'seats.performance_id')
      .leftJoin('seat_map', 'seat_map.seat_id', 'seats.seat_id')
      .leftJoin('holds', 'holds.hold_id', 'seat_map.hold_id')
      .select(['seats.seat_id', 'seats.row_label', 'seats.number', 'seats.price'])
      .select([
        sql<boolean>`coalesce(${holdIsOver}, false)`.as('hold_is_over'),
        'seat_map.status',
        sql<Date>`coalesce(CASE WHEN ${holdIsOver} THEN holds.expires_at ELSE seat_map.changed_at END,
          performances.created_at)`.as('changed_at'),
      ])
      .where('seats.performance_id', '=', performanceId)
      .orderBy('seats.row_index')
      .orderBy('seats.number')
      .execute(),
  );
  if (rows.length === 0) throw new Problem('not-found', 'There is no such performance.');
  const items = rows.map((row) => ({
    seatId: row.seat_id,
    row: row.row_label,
    number: row.number,
    price: row.price,
    status: row.hold_is_over ? 'available' : (row.status ?? 'available'),
  }));
  const asOfMs = rows.reduce((latest, row) => Math.max(latest, row.changed_at.getTime()), 0);
  return { items, asOf: new Date(asOfMs).toISOString() };
}
