import { sql } from 'kysely';
import type { Db } from '../../lib/db/client.ts';
import { inTransaction, type Tx } from '../../lib/db/transaction.ts';
import { issueTickets, type TicketSeat } from '../../lib/events/issue-tickets.ts';
import type { SeatId } from '../../lib/ids.ts';
import { lockSeats } from '../../lib/seats/lock-seats.ts';

/** So many seats are locked at once, for the milliseconds of one batch. */
const seatsPerBatch = 200;
const ticketsPerBatch = 500;
/** For the wait for seats that somebody buys just now. */
const batchWithinMs = 10_000;

export interface PostgresRebuild {
  /** Seats whose row of the map was missing or another. */
  readonly seats: number;
  readonly tickets: number;
}

/**
 * Makes the seat map and the tickets anew from the seats and reservations, while the sale goes on. Nothing is emptied:
 * each row of the map is replaced by what its seat is, under the lock on the seat's row, so that no event of it
 * can be on its way which the map would then miss; older events find their version taken. Tickets that are there stay.
 */
export async function rebuildFromPostgres(db: Db): Promise<PostgresRebuild> {
  return { seats: await rebuildMap(db), tickets: await rebuildTickets(db) };
}

async function rebuildMap(db: Db): Promise<number> {
  let changed = 0;
  for (let after = ''; ; ) {
    const batch = await rebuildBatch(db, after);
    if (batch === undefined) return changed;
    changed += batch.changed;
    after = batch.last;
  }
}

/** @returns undefined when there are no more seats */
async function rebuildBatch(db: Db, after: string): Promise<{ changed: number; last: SeatId } | undefined> {
  return inTransaction(db, { statementTimeoutMs: batchWithinMs }, async (tx) => {
    const seatIds = await nextSeats(tx, after);
    const last = seatIds.at(-1);
    if (last === undefined) return undefined;
    await lockSeats(tx, seatIds);
    return { changed: (await replaceRows(tx, seatIds)) + (await deleteRows(tx, seatIds)), last };
  });
}

async function nextSeats(tx: Tx, after: string): Promise<SeatId[]> {
  const { rows } = await sql<{ seat_id: SeatId }>`
    SELECT seat_id FROM seats WHERE seat_id > ${after} ORDER BY seat_id LIMIT ${seatsPerBatch}`.execute(tx);
  return rows.map((row) => row.seat_id);
}

/** What the last event of a seat says is what its row says. */
async function replaceRows(tx: Tx, seatIds: readonly SeatId[]): Promise<number> {
  const { numAffectedRows } = await sql`
    INSERT INTO seat_map (seat_id, performance_id, status, hold_id, version, changed_at)
    SELECT seat_id, performance_id, status, hold_id, version, clock_timestamp() FROM seats
    WHERE seat_id = ANY (${[...seatIds]}::text[]) AND version > 0
    ORDER BY seat_id
    ON CONFLICT (seat_id) DO UPDATE SET
      performance_id = excluded.performance_id, status = excluded.status, hold_id = excluded.hold_id,
      version = excluded.version, changed_at = excluded.changed_at
    WHERE (seat_map.performance_id, seat_map.status, seat_map.hold_id, seat_map.version)
      IS DISTINCT FROM (excluded.performance_id, excluded.status, excluded.hold_id, excluded.version)`.execute(
    tx,
  );
  return Number(numAffectedRows ?? 0);
}

/** A seat that never had an event is not in the map. */
async function deleteRows(tx: Tx, seatIds: readonly SeatId[]): Promise<number> {
  const { numAffectedRows } = await sql`
    DELETE FROM seat_map USING seats
    WHERE seat_map.seat_id = seats.seat_id AND seats.version = 0
      AND seats.seat_id = ANY (${[...seatIds]}::text[])`.execute(tx);
  return Number(numAffectedRows ?? 0);
}

async function rebuildTickets(db: Db): Promise<number> {
  let issued = 0;
  for (let after: TicketSeat | undefined; ; ) {
    const { rows } = await sql<TicketSeat>`
      SELECT reservation_id AS "reservationId", seat_id AS "seatId" FROM reservation_seats
      WHERE cancelled_at IS NULL
        AND (reservation_id, seat_id) > (${after?.reservationId ?? ''}, ${after?.seatId ?? ''})
      ORDER BY reservation_id, seat_id LIMIT ${ticketsPerBatch}`.execute(db);
    issued += await issueTickets(db, rows);
    after = rows.at(-1);
    if (after === undefined) return issued;
  }
}
