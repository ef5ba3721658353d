import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { answerWithin } from '../deadline.ts';
import type { PerformanceId } from '../ids.ts';
import { readQueue } from '../queue/read-queue.ts';
import { createRedis } from '../redis/client.ts';
import { newPerformance, points } from '../testing/people.ts';
import { refusalOf } from '../testing/race.ts';
import { useScene } from '../testing/scene.ts';
import { createPerformance } from './create-performance.ts';
import { findPerformance } from './find-performance.ts';
import { createHalls } from './hall.ts';
import { listPerformances } from './list-performances.ts';

const scene = useScene();
const page = { limit: 50, before: Number.MAX_SAFE_INTEGER };

describe('a performance', () => {
  test('is as it was asked for, with an id', async () => {
    const wanted = newPerformance();
    const made = await createPerformance(scene, wanted);
    expect(made).toEqual({ ...wanted, performanceId: expect.any(String) });
    expect(await findPerformance(scene.db, made.performanceId)).toEqual(made);
  });

  test('has its seats, and its line', async () => {
    const { performanceId } = await createPerformance(scene, newPerformance());
    const seats = await scene.db
      .selectFrom('seats')
      .selectAll()
      .where('performance_id', '=', performanceId)
      .execute();
    expect(seats).toHaveLength(10);
    const hall = await createHalls(scene.db)(performanceId);
    for (const seat of seats) {
      expect(seat).toMatchObject({ status: 'available', price: 100, version: 0, fence: 0 });
      expect(hall.has(seat.seat_id)).toBe(true);
    }
    expect(hall.has(`${performanceId}:A-6`)).toBe(false);
    expect(await readQueue(scene, performanceId)).toMatchObject({ state: 'open', capacity: 10_000 });
  });

  test('of 20,000 seats is made in time', async () => {
    const beganAtMs = performance.now();
    const seats = { rows: 100, seatsPerRow: 200, price: points(0) };
    const { performanceId } = await createPerformance(scene, newPerformance({ seats }));
    expect(performance.now() - beganAtMs).toBeLessThan(2_700);
    const last = await scene.db
      .selectFrom('seats')
      .select(['row_label', 'row_index', 'number'])
      .where('seat_id', '=', `${performanceId}:CV-200` as never)
      .execute();
    expect(last).toEqual([{ row_label: 'CV', row_index: 99, number: 200 }]);
  });

  test('keeps the edges of what is allowed, and any name', async () => {
    const name = `${'공'.repeat(98)}'";--\\🎤`;
    const changes = {
      name,
      startsAt: '9999-12-31T23:59:59.999Z',
      opensAt: '2000-01-01T00:00:00.001Z',
      seats: { rows: 1, seatsPerRow: 1, price: points(10_000_000) },
    };
    const { performanceId } = await createPerformance(scene, newPerformance(changes));
    expect(await findPerformance(scene.db, performanceId)).toMatchObject(changes);
  });

  test('is made without Redis too: the first who enters begins its line', async () => {
    const away = createRedis({ url: 'redis://127.0.0.1:1', cluster: false });
    try {
      const { performanceId } = await createPerformance(
        { db: scene.db, cache: async () => ({ redis: away }) },
        newPerformance(),
      );
      expect(await readQueue(scene, performanceId)).toMatchObject({ state: 'open' });
    } finally {
      away.disconnect();
    }
  });

  test('is told in time when only its line is slow to begin', async () => {
    const slow = () => sleep(5_000, { redis: scene.redis }, { ref: false });
    // The row is waited for until little is left: less than the line may take, and enough for the COMMIT.
    const { making } = await scene.db.transaction().execute(async (tx) => {
      await sql`LOCK TABLE performances IN SHARE MODE`.execute(tx);
      const create = () => createPerformance({ db: scene.db, cache: slow }, newPerformance());
      const begun = answerWithin(1_500, create);
      await sleep(1_220);
      return { making: begun };
    });
    const { performanceId } = await making;
    expect(await findPerformance(scene.db, performanceId)).toBeDefined();
  });
});

test('what does not exist is not found, and is found once it exists', async () => {
  const findHall = createHalls(scene.db);
  const none = 'none' as PerformanceId;
  expect((await refusalOf(findPerformance(scene.db, none))).slug).toBe('not-found');
  expect((await refusalOf(findHall(none))).slug).toBe('not-found');
  const { performanceId } = await createPerformance(scene, newPerformance());
  const hall = await findHall(performanceId);
  expect(await findHall(performanceId)).toBe(hall);
});

test('the list has them newest first, page by page', async () => {
  const ids: PerformanceId[] = [];
  for (let count = 0; count < 3; count++) {
    ids.unshift((await createPerformance(scene, newPerformance())).performanceId);
  }
  const first = await listPerformances(scene.db, { ...page, limit: 2 });
  expect(first.items.map(({ performanceId }) => performanceId)).toEqual(ids.slice(0, 2));
  expect(first.nextCursor).not.toBeNull();
  const before = Number(
    Buffer.from(first.nextCursor ?? '', 'base64url')
      .toString()
      .slice(1),
  );
  await createPerformance(scene, newPerformance());
  const second = await listPerformances(scene.db, { limit: 1, before });
  expect(second.items.map(({ performanceId }) => performanceId)).toEqual(ids.slice(2));
});
