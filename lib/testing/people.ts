import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { inTransaction } from '../db/transaction.ts';
import type { ChargeId, HoldId, Points, SeatId, UserId } from '../ids.ts';
import { createPerformance, type NewPerformance } from '../performances/create-performance.ts';
import { createHalls, type Hall } from '../performances/hall.ts';
import { enterQueue } from '../queue/enter-queue.ts';
import type { Hold } from '../seats/hold.ts';
import { holdSeats } from '../seats/hold-seats.ts';
import { chargeWallet } from '../wallet/charge-wallet.ts';
import type { Scene } from './scene.ts';

/** Brands for values that a test writes down. */
export const points = (value: number) => value as Points;
export const seatId = (value: string) => value as SeatId;
export const holdId = (value: string) => value as HoldId;
export const chargeId = (value: string) => value as ChargeId;
export const userId = (value: string) => value as UserId;

export const newUser = (name = 'user') => userId(`${name}-${randomUUID()}`);
export const newKey = () => randomUUID();

const hourMs = 3_600_000;

/** A performance in an hour, ten seats in two rows at 100 points, whose door admits everybody at once. */
export function newPerformance(changes: Partial<NewPerformance> = {}): NewPerformance {
  return {
    name: 'A concert',
    startsAt: new Date(Date.now() + hourMs).toISOString(),
    opensAt: new Date(Date.now() - 1_000).toISOString(),
    seats: { rows: 2, seatsPerRow: 5, price: points(100) },
    waitingRoom: {
      capacity: 10_000,
      admitPerSecond: 10_000,
      admissionSeconds: 600,
      heartbeatSeconds: 60,
      draw: false,
    },
    holdSeconds: 60,
    maxSeatsPerUser: 4,
    ...changes,
  };
}

export async function openHall(scene: Scene, changes: Partial<NewPerformance> = {}): Promise<Hall> {
  const { performanceId } = await createPerformance(scene, newPerformance(changes));
  return createHalls(scene.db)(performanceId);
}

/** Seats of a hall by where they are: `seatsOf(hall, 'A-1', 'A-2')`. */
export const seatsOf = ({ performanceId }: Hall, ...places: readonly string[]): SeatId[] =>
  places.map((place) => seatId(`${performanceId}:${place}`));

/** People who are in and whose turn it is. */
export async function admitUsers(scene: Scene, { performanceId }: Hall, count: number): Promise<UserId[]> {
  const users = Array.from({ length: count }, () => newUser());
  const services = { ...scene, receiptKey: 'a key for the receipts of these tests' };
  for (const user of users) {
    const { place } = await enterQueue(services, { performanceId, userId: user });
    if (place.status !== 'admitted') throw new Error(`the door did not open: ${place.status}`);
  }
  return users;
}

export async function admitUser(scene: Scene, hall: Hall): Promise<UserId> {
  const [user] = await admitUsers(scene, hall, 1);
  if (user === undefined) throw new Error('nobody was admitted');
  return user;
}

/** Gives seats to a user; fails unless they are given now. */
export async function giveHold(scene: Scene, hall: Hall, user: UserId, ...places: string[]): Promise<Hold> {
  const request = { hall, userId: user, seatIds: seatsOf(hall, ...places) };
  const { hold, created } = await holdSeats(scene, request);
  if (!created) throw new Error('the hold was there before');
  return hold;
}

export async function givePoints(scene: Scene, user: UserId, amount: number): Promise<void> {
  const request = {
    userId: user,
    amountPoints: points(amount),
    idempotencyKey: newKey(),
    requestId: 'set-up',
  };
  await chargeWallet(scene, request);
}

/** Makes a hold as old as if its time had passed, in Postgres and, as its lease would be, in Redis. */
export async function letHoldExpire(scene: Scene, hold: Hold): Promise<void> {
  const pastMs = new Date(Date.now() - 1_000);
  await inTransaction(scene.db, {}, async (tx) => {
    await tx.updateTable('holds').set({ expires_at: pastMs }).where('hold_id', '=', hold.holdId).execute();
    await tx.updateTable('seats').set({ held_until: pastMs }).where('hold_id', '=', hold.holdId).execute();
  });
  const [performance = ''] = hold.seatIds[0]?.split(':') ?? [];
  await scene.redis.del(hold.seatIds.map((seat) => `{${performance}}:seat:${seat}`));
}

/** The books, and each wallet against its entries: empty when all is well. */
export async function findMoneyFaults({ db }: Pick<Scene, 'db'>): Promise<unknown[]> {
  const { rows } = await sql`
    SELECT 'books' AS fault, NULL AS user_id, sum(amount)::text AS amount FROM ledger_entries HAVING sum(amount) <> 0
    UNION ALL
    SELECT 'wallet', wallets.user_id, wallets.balance || ' but ' || coalesce(sum(amount), 0)
    FROM wallets LEFT JOIN ledger_entries USING (user_id)
    GROUP BY wallets.user_id HAVING wallets.balance <> coalesce(sum(amount), 0) OR wallets.balance < 0`.execute(
    db,
  );
  return rows;
}
