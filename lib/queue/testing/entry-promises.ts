import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PerformanceId, UserId } from '../../ids.ts';
import { queueKeys } from '../../redis/keys.ts';
import { enterQueue } from '../enter-queue.ts';
import type { Place } from '../place.ts';
import type { ScriptEdit } from './edited-redis.ts';
import { enterAgain } from './enter-again.ts';
import type { QueueServices } from './queue-services.ts';
import { createClockedPerformance, crowdOf, ticketOf, userNumbered } from './test-room.ts';

/** What entering does, on whatever Redis `open` gives. */
export function entryPromises(open: () => Promise<QueueServices>): void {
  let services: QueueServices;
  beforeAll(async () => {
    services = await open();
  }, 60_000);
  afterAll(() => services.close());

  const connections = 8;
  const users = 300;
  const attempts = 1_000;

  /** 1,000 entries of 300 users at once over several connections; every user's tickets. */
  async function enterAllAtOnce(edit?: ScriptEdit) {
    const { db, receiptKey } = services;
    const clients = Array.from({ length: connections }, () => services.connect(edit));
    const [first = services.connect()] = clients;
    const { performanceId } = await createClockedPerformance(db, first, { capacity: 50, admitPerSecond: 20 });
    // Connected beforehand: a cluster has to be discovered first, and what is tested is the rush.
    await Promise.all(clients.map((client) => client.exists(queueKeys(performanceId).room)));
    const answers = await Promise.all(
      Array.from({ length: attempts }, async (_, attempt) => {
        const redis = clients[attempt % connections] ?? first;
        const userId = userNumbered((attempt % users) + 1);
        return { userId, ...(await enterAgain({ redis, db, receiptKey }, { performanceId, userId })) };
      }),
    );
    return { answers, performanceId, redis: first };
  }

  function ticketsByUser(answers: readonly { userId: UserId; place: Place }[]): Map<UserId, Set<number>> {
    const tickets = new Map<UserId, Set<number>>();
    for (const { userId, place } of answers) {
      tickets.set(userId, (tickets.get(userId) ?? new Set()).add(ticketOf(place)));
    }
    return tickets;
  }

  async function readPerformance(performanceId: PerformanceId) {
    return services.db
      .selectFrom('performances')
      .where('performance_id', '=', performanceId)
      .select('line_epoch')
      .executeTakeFirstOrThrow();
  }

  describe('1,000 entries of 300 users at once, over 8 connections', () => {
    test('give each user one ticket, and the tickets are 1 to 300', async () => {
      const { answers, performanceId, redis } = await enterAllAtOnce();
      const tickets = ticketsByUser(answers);
      expect([...tickets.values()].every((each) => each.size === 1)).toBe(true);
      const all = [...tickets.values()].flatMap((each) => [...each]).toSorted((a, b) => a - b);
      expect(all).toEqual(Array.from({ length: users }, (_, index) => index + 1));
      const created = answers.filter((answer) => answer.created).length;
      const retries = answers.reduce((sum, answer) => sum + answer.retries, 0);
      // Who had to ask twice may not have heard that the first time was it.
      expect(created).toBeLessThanOrEqual(users);
      expect(created).toBeGreaterThanOrEqual(users - retries);

      const keys = queueKeys(performanceId);
      expect(await redis.zcard(keys.admitted)).toBe(20);
      expect(await redis.zcard(keys.line)).toBe(users - 20);
      expect(await readPerformance(performanceId)).toEqual({ line_epoch: 1 });
    });

    test('the check itself finds a user with two tickets when the dedupe is gone', async () => {
      const { answers } = await enterAllAtOnce((source) =>
        source.replace('if score then\n  comesBack', 'if false then\n  comesBack'),
      );
      expect([...ticketsByUser(answers).values()].some((each) => each.size > 1)).toBe(true);
    });
  });

  describe('entering', () => {
    test('gives tickets in order of arrival and the number of those in front', async () => {
      const { db, receiptKey } = services;
      const redis = services.connect();
      const { performanceId } = await createClockedPerformance(db, redis, { capacity: 2 });
      const places: Place[] = [];
      for (const userId of crowdOf(5)) {
        places.push((await enterQueue({ redis, db, receiptKey }, { performanceId, userId })).place);
      }
      expect(places.map(({ ticket, ahead, status }) => [ticket, ahead, status])).toEqual([
        [1, 0, 'admitted'],
        [2, 0, 'admitted'],
        [3, 0, 'waiting'],
        [4, 1, 'waiting'],
        [5, 2, 'waiting'],
      ]);
      expect(places.map(({ admittedUntil }) => admittedUntil !== undefined)).toEqual([
        true,
        true,
        false,
        false,
        false,
      ]);
    });

    test('again finds the same place, waiting and admitted', async () => {
      const { db, receiptKey } = services;
      const redis = services.connect();
      const { performanceId } = await createClockedPerformance(db, redis, { capacity: 1 });
      for (const userId of crowdOf(2)) {
        const first = await enterQueue({ redis, db, receiptKey }, { performanceId, userId });
        const again = await enterQueue({ redis, db, receiptKey }, { performanceId, userId });
        expect(first.created).toBe(true);
        expect(again).toEqual({ place: first.place, created: false });
      }
    });

    test('goes on when Redis has forgotten the scripts', async () => {
      const { db, receiptKey } = services;
      const redis = services.connect();
      const { performanceId } = await createClockedPerformance(db, redis);
      const enter = (number: number) =>
        enterQueue({ redis, db, receiptKey }, { performanceId, userId: userNumbered(number) });
      await enter(1);
      await redis.forgetScripts();
      expect((await enter(2)).place.ticket).toBe(2);
    });

    test('is refused for a performance that does not exist', async () => {
      const { db, receiptKey } = services;
      const redis = services.connect();
      const performanceId = 'performance-of-nobody' as PerformanceId;
      await expect(
        enterQueue({ redis, db, receiptKey }, { performanceId, userId: userNumbered(1) }),
      ).rejects.toMatchObject({ slug: 'not-found' });
      expect(await redis.exists(queueKeys(performanceId).room)).toBe(0);
    });

    test('fails as a dependency when Redis is out of reach', async () => {
      const { db, receiptKey } = services;
      const redis = services.connect();
      const { performanceId } = await createClockedPerformance(db, redis);
      redis.disconnect();
      await expect(
        enterQueue({ redis, db, receiptKey }, { performanceId, userId: userNumbered(1) }),
      ).rejects.toMatchObject({ name: 'DependencyError', dependency: 'redis' });
    });
  });
}
