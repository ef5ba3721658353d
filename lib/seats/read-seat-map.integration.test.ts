import { beforeEach, describe, expect, test } from '@jest/globals';
import { applyEvent } from '../events/apply-event.ts';
import type { PerformanceId, UserId } from '../ids.ts';
import type { Hall } from '../performances/hall.ts';
import { payHold } from '../reservations/pay-hold.ts';
import { admitUser, giveHold, givePoints, letHoldExpire, newKey, openHall } from '../testing/people.ts';
import { refusalOf } from '../testing/race.ts';
import { useScene } from '../testing/scene.ts';
import { eventsOf } from '../testing/stories.ts';
import { expireHolds } from './expire-holds.ts';
import type { Hold } from './hold.ts';
import { readSeatMap } from './read-seat-map.ts';
import { releaseHold } from './release-hold.ts';

const scene = useScene();
let hall: Hall;
let user: UserId;
beforeEach(async () => {
  hall = await openHall(scene);
  user = await admitUser(scene, hall);
});

const read = () => readSeatMap(scene.db, hall.performanceId);
const statusOf = async (place: string) =>
  (await read()).items.find(({ row, number }) => `${row}-${number}` === place)?.status;
const pay = (hold: Hold) =>
  payHold(scene, { userId: user, holdId: hold.holdId, idempotencyKey: newKey(), requestId: 'r' });

let heard = 0;
/** The consumer hears of the next so many events of the hall; of all when not told. */
async function hear(count = Number.POSITIVE_INFINITY): Promise<void> {
  const events = await eventsOf(scene, hall);
  for (const event of events.slice(heard, heard + count)) await applyEvent(scene.db, event);
  heard = Math.min(events.length, heard + count);
}
beforeEach(() => {
  heard = 0;
});

describe('the map', () => {
  test('of a new hall: every seat once, from the stage to the back, all free', async () => {
    const { items, asOf } = await read();
    expect(items.map(({ row, number }) => `${row}-${number}`)).toEqual([
      ...['A-1', 'A-2', 'A-3', 'A-4', 'A-5'],
      ...['B-1', 'B-2', 'B-3', 'B-4', 'B-5'],
    ]);
    for (const item of items) {
      expect(item).toMatchObject({ status: 'available', price: 100 });
      expect(item.seatId).toBe(`${hall.performanceId}:${item.row}-${item.number}`);
    }
    expect(Math.abs(Date.parse(asOf) - Date.now())).toBeLessThan(10_000);
  });

  test('of more than 26 rows keeps their order', async () => {
    const { performanceId } = await openHall(scene, { seats: { ...hall.seats, rows: 28, seatsPerRow: 11 } });
    const { items } = await readSeatMap(scene.db, performanceId);
    expect(items.slice(0, 11).map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect([...new Set(items.map(({ row }) => row))].slice(-3)).toEqual(['Z', 'AA', 'AB']);
  });

  test('of no performance is not found', async () => {
    expect((await refusalOf(readSeatMap(scene.db, 'none' as PerformanceId))).slug).toBe('not-found');
  });

  test('is the same bytes until something changes', async () => {
    await giveHold(scene, hall, user, 'A-1');
    await hear();
    expect(JSON.stringify(await read())).toBe(JSON.stringify(await read()));
  });

  test('follows the events, and lags until they come', async () => {
    const { asOf: before } = await read();
    const hold = await giveHold(scene, hall, user, 'A-1');
    expect(await statusOf('A-1')).toBe('available');
    await hear();
    expect(await statusOf('A-1')).toBe('held');
    const { asOf: after } = await read();
    expect(Date.parse(after)).toBeGreaterThanOrEqual(Date.parse(before));
    await releaseHold(scene, user, hold.holdId);
    expect(await statusOf('A-1')).toBe('held');
    await hear();
    expect(await statusOf('A-1')).toBe('available');
  });

  test('shows a hold that has run out as free, though no event has said so', async () => {
    const hold = await giveHold(scene, hall, user, 'A-1');
    await hear();
    await letHoldExpire(scene, hold);
    expect(await statusOf('A-1')).toBe('available');
    await expireHolds(scene.db);
    await hear();
    expect(await statusOf('A-1')).toBe('available');
  });
});

describe('a seat that was sold', () => {
  beforeEach(() => givePoints(scene, user, 1_000));

  test('is never shown as free, however late its events are', async () => {
    const hold = await giveHold(scene, hall, user, 'A-1');
    await hear(1);
    await pay(hold);
    // The map still knows the hold alone; its time passes.
    await scene.db
      .updateTable('holds')
      .set({ expires_at: new Date(Date.now() - 1_000) })
      .where('hold_id', '=', hold.holdId)
      .execute();
    expect(await statusOf('A-1')).toBe('held');
    await hear();
    expect(await statusOf('A-1')).toBe('sold');
  });

  test('stays sold when older events come again', async () => {
    await letHoldExpire(scene, await giveHold(scene, hall, user, 'A-1'));
    await pay(await giveHold(scene, hall, user, 'A-1'));
    await hear();
    const events = await eventsOf(scene, hall);
    for (const event of events) {
      await applyEvent(scene.db, event);
      expect(await statusOf('A-1')).toBe('sold');
    }
  });
});
