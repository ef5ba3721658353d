import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { eventually } from './eventually.ts';
import { openFaultyWorld } from './faulty-world.ts';
import { outages, restore } from './outage.ts';
import { decided, readRequest, request } from './requests.ts';
import { admit, buy, createPerformance, hold, holdStatus, insider, release, seatAt } from './scene.ts';
import { healthShape, read, reservationShape } from './shapes.ts';
import type { User } from './world.ts';

const world = await openFaultyWorld();
afterAll(() => world.close());
afterEach(() => restore(world, world.kafka));

/** More than the waits in one of these tests have together. */
const testWithinMs = 90_000;

describe.each(outages)('Kafka away: $kind', (outage) => {
  test(
    'nothing stops, and the tickets come when it is back',
    async () => {
      await world.kafka.set(outage);
      const scene = await createPerformance(world);
      const { user, held, payment } = await buy(world, scene, [seatAt(scene, 0), seatAt(scene, 1)]);
      expect(await holdStatus(world, user, held.holdId)).toBe('paid');
      await admit(world, user, scene.performanceId);
      const other = await hold(world, user, scene, [seatAt(scene, 2)]);
      expect((await release(world, user, other.holdId)).status).toBe(204);
      const path = `/reservations/${payment.reservationId}`;
      const tickets = async () =>
        read(await world.send({ path, token: user.token }), 200, reservationShape).tickets;
      expect(await tickets()).toEqual([]);
      await restore(world, world.kafka);
      const issued = await eventually('the tickets', 30_000, async () => {
        const found = await tickets();
        return found.length >= 2 ? found : undefined;
      });
      expect(issued).toHaveLength(2);
    },
    testWithinMs,
  );

  test(
    'requests are taken in and wait; one of them has the seat when it is back',
    async () => {
      await world.kafka.set(outage);
      const scene = await createPerformance(world);
      const users = [await insider(world, scene), await insider(world, scene), await insider(world, scene)];
      const asked: { user: User; requestId: string }[] = [];
      for (const user of users)
        asked.push({ user, requestId: await request(world, user, scene, seatAt(scene, 0)) });
      // Longer than a decision takes otherwise.
      await sleep(1500);
      const readAll = () => Promise.all(asked.map((each) => readRequest(world, each.user, each.requestId)));
      expect((await readAll()).map(({ status }) => status)).toEqual(['pending', 'pending', 'pending']);
      await restore(world, world.kafka);
      for (const { user, requestId } of asked) await decided(world, user, requestId, 30_000);
      // They were sent one after the other: so they stand on the topic.
      const taken = 'seat-unavailable';
      expect((await readAll()).map(({ reason, status }) => reason ?? status)).toEqual(['held', taken, taken]);
    },
    testWithinMs,
  );

  test('health says so within 2 s', async () => {
    await world.kafka.set(outage);
    const answer = await eventually('health notices', 10_000, async () => {
      const found = await world.send({ path: '/health' });
      expect(found.tookMs).toBeLessThan(2000);
      return found.status === 503 ? found : undefined;
    });
    expect(read(answer, 503, healthShape)).toMatchObject({ redis: 'up', postgres: 'up', kafka: 'down' });
  });
});
