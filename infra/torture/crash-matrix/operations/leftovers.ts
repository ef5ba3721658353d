import type { PerformanceId, SeatId, UserId } from '../../../../lib/ids.ts';
import type { CrashWorld } from '../crash-world.ts';

/** The longest lease of a wallet's lock. */
const walletLeaseMs = 5_000;

/** The one row of a question. */
export async function findOne(
  { pool }: CrashWorld,
  sql: string,
  parameters: readonly unknown[],
): Promise<object | undefined> {
  const { rows } = await pool.query<object>(sql, [...parameters]);
  return rows[0];
}

/** The events of these seats as they stand in the outbox: `type version` in the order of the ids, for each seat. */
export async function eventsOfSeats(
  { pool }: CrashWorld,
  seatIds: readonly SeatId[],
): Promise<readonly (readonly string[])[]> {
  const { rows } = await pool.query<{ key: string; event: string }>(
    `SELECT key, (payload::json ->> 'type') || ' ' || (payload::json -> 'data' ->> 'version') AS event
     FROM outbox WHERE topic = 'reservation-events' AND key = ANY ($1) ORDER BY outbox_id`,
    [seatIds],
  );
  return seatIds.map((seat) => rows.flatMap(({ key, event }) => (key === seat ? [event] : [])));
}

/** Keys of a wallet's lock that never end, or a lock that outlives every lease: who comes next would wait for it. */
export const endlessWalletLocks = (world: CrashWorld, user: UserId) =>
  endlessKeys(world, `{wallet:${user}}*`, (key) => (key.endsWith('}') ? walletLeaseMs : Infinity));

/** Seat locks that never end, or outlive the hold. */
export const endlessSeatLocks = (world: CrashWorld, performanceId: PerformanceId, holdMs: number) =>
  endlessKeys(world, `{${performanceId}}:seat:*`, () => holdMs);

async function endlessKeys(
  { redis }: CrashWorld,
  pattern: string,
  mostMs: (key: string) => number,
): Promise<string[]> {
  const faults: string[] = [];
  for (const key of await redis.keys(pattern)) {
    const endsInMs = await redis.pttl(key);
    // -1: it has no end. -2: it has ended since.
    if (endsInMs === -1 || endsInMs > mostMs(key)) faults.push(`${key} ends in ${endsInMs} ms`);
  }
  return faults;
}
