import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Db } from '../../lib/db/client.ts';

/** Of each kind, looked at together. */
const maxFaults = 1_000;
const pauseMs = 500;

/** Somewhere the projection says something else than the seats and reservations. */
export interface ProjectionFault {
  readonly seatId: string;
  /** The seat's version when it was looked at first; 0 for a ticket that is missing. */
  readonly version: number;
  readonly fault: 'map' | 'ticket';
}

/**
 * Compares the map and the tickets with the seats and reservations. The sale may go on meanwhile: what is behind is
 * looked at again until it has reached what it should have been, or the time is over.
 *
 * @param withinMs for each thousand
 * @returns what is wrong and stays so
 */
export async function checkProjection(db: Db, withinMs: number): Promise<ProjectionFault[]> {
  for (;;) {
    const untilMs = performance.now() + withinMs;
    let faults = await findFaults(db);
    const areAll = faults.length < maxFaults;
    while (faults.length > 0 && performance.now() < untilMs) {
      await sleep(pauseMs);
      faults = await stillWrong(db, faults);
    }
    // Behind so many that have come right there may be others.
    if (faults.length > 0 || areAll) return faults;
  }
}

/** @param among nothing but these seats, unless left out */
async function findFaults(db: Db, among?: readonly string[]): Promise<ProjectionFault[]> {
  const isAmong = (seatId: string) =>
    among === undefined ? sql`true` : sql`${sql.ref(seatId)} = ANY (${among}::text[])`;
  const { rows } = await sql<ProjectionFault>`
    (SELECT seats.seat_id AS "seatId", seats.version, 'map' AS fault
     FROM seats LEFT JOIN seat_map USING (seat_id)
     WHERE ${isAmong('seats.seat_id')} AND (coalesce(seat_map.version, 0) <> seats.version
       OR (seats.version > 0 AND (seat_map.status, seat_map.hold_id) IS DISTINCT FROM (seats.status, seats.hold_id)))
     ORDER BY seats.seat_id LIMIT ${maxFaults})
    UNION ALL
    (SELECT seat_id, 0, 'ticket' FROM reservation_seats
     WHERE ${isAmong('reservation_seats.seat_id')} AND cancelled_at IS NULL AND NOT EXISTS (
       SELECT FROM tickets WHERE tickets.reservation_id = reservation_seats.reservation_id
         AND tickets.seat_id = reservation_seats.seat_id)
     ORDER BY seat_id LIMIT ${maxFaults})`.execute(db);
  return rows;
}

/** A map that has moved past the version it lacked is behind no more, though the seat may have moved on too. */
async function stillWrong(db: Db, faults: readonly ProjectionFault[]): Promise<ProjectionFault[]> {
  const seatIds = [...new Set(faults.map(({ seatId }) => seatId))];
  const now = await findFaults(db, seatIds);
  const wanted = new Map(faults.map((each) => [`${each.fault} ${each.seatId}`, each]));
  const shown = await sql<{ seat_id: string; version: number }>`
    SELECT seat_id, version FROM seat_map
    WHERE seat_id = ANY (${seatIds}::text[])`.execute(db);
  const versions = new Map(shown.rows.map((row) => [row.seat_id, row.version]));
  return now.flatMap(({ fault, seatId, version }) => {
    const before = wanted.get(`${fault} ${seatId}`);
    if (before === undefined) return [];
    const shownVersion = versions.get(seatId) ?? 0;
    const isOnlyBehind = fault === 'map' && shownVersion < version && shownVersion >= before.version;
    return isOnlyBehind && before.version > 0 ? [] : [before];
  });
}
