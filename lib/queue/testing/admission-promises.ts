import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PerformanceId, UserId } from '../../ids.ts';
import { queueKeys } from '../../redis/keys.ts';
import { enterQueue } from '../enter-queue.ts';
import { isAdmitted } from '../is-admitted.ts';
import { leaveQueue } from '../leave-queue.ts';
import { readPlace } from '../read-place.ts';
import { readQueue } from '../read-queue.ts';
import { sweepQueue } from '../sweep-queue.ts';
import type { EditedClient, ScriptEdit } from './edited-redis.ts';
import type { QueueServices } from './queue-services.ts';
import { createClockedPerformance, type RoomSettings, userNumbered } from './test-room.ts';

/** What polling, leaving, time and a sweep do, on whatever Redis `open` gives. */
export function admissionPromises(open: () => Promise<QueueServices>): void {
  let services: QueueServices;
  beforeAll(async () => {
    services = await open();
  }, 60_000);
  afterAll(() => services.close());

  /** A line with some people in it, and the calls that a test makes on it. */
  async function openRoom(settings: Partial<RoomSettings>, people: number, edit?: ScriptEdit) {
    const { db, receiptKey } = services;
    const redis = services.connect(edit);
    const { performanceId, clock } = await createClockedPerformance(db, redis, settings);
    const room = {
      redis,
      performanceId,
      clock,
      enter: (number: number) =>
        enterQueue({ redis, db, receiptKey }, { performanceId, userId: userNumbered(number) }),
      poll: (number: number, through: EditedClient = redis) =>
        readPlace({ redis: through, db, receiptKey }, { performanceId, userId: userNumbered(number) }),
      leave: (number: number) => leaveQueue({ redis, db }, { performanceId, userId: userNumbered(number) }),
      view: () => readQueue({ redis, db }, performanceId),
      admitted: () => readAdmitted(redis, performanceId),
    };
    for (let number = 1; number <= people; number++) await room.enter(number);
    return room;
  }

  /** The tickets of those inside, read as an outsider does. */
  async function readAdmitted(redis: EditedClient, performanceId: PerformanceId): Promise<number[]> {
    const tickets = await redis.hvals(queueKeys(performanceId).admittedTickets);
    return tickets.map(Number).toSorted((a, b) => a - b);
  }

  const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

  /** Many polls of everybody at once over several connections; a poll of who lost the place is none. */
  async function pollAllAtOnce(
    room: { poll: (number: number, through?: EditedClient) => Promise<unknown> },
    people: number,
    edit?: ScriptEdit,
  ): Promise<void> {
    const clients = upTo(4).map(() => services.connect(edit));
    const polls = upTo(3 * people).map((n) => room.poll(((n * 7) % people) + 1, clients[n % clients.length]));
    await Promise.allSettled(polls);
  }

  async function drainInSteps(edit?: ScriptEdit): Promise<number[]> {
    const people = 60;
    const room = await openRoom({ capacity: 25, admitPerSecond: 10, admissionSeconds: 3_600 }, people, edit);
    const inside: number[] = [];
    for (let step = 0; step < 5; step++) {
      await pollAllAtOnce(room, people, edit);
      inside.push((await room.admitted()).length);
      await room.clock.advanceMs(500);
    }
    return inside;
  }

  describe('scripts that race', () => {
    test('admit exactly by rate, then exactly to the capacity', async () => {
      expect(await drainInSteps()).toEqual([10, 15, 20, 25, 25]);
    });

    test('the check itself finds a missing capacity and a missing rate', async () => {
      const withoutCapacity = await drainInSteps((source) => source.replace('capacity - inside', 'capacity'));
      expect(withoutCapacity).toEqual([10, 15, 20, 25, 30]);
      const withoutRate = await drainInSteps((source) =>
        source.replace('math.floor(filled / 1000000)', 'batch'),
      );
      expect(withoutRate).toEqual([25, 25, 25, 25, 25]);
    });

    test('admit strictly in ticket order', async () => {
      const people = 200;
      const room = await openRoom({ capacity: 7, admitPerSecond: 5, heartbeatSeconds: 3_600 }, people);
      let served = 0;
      for (let second = 0; second < people / 5; second++) {
        await pollAllAtOnce(room, people);
        const inside = await room.admitted();
        expect(inside).toEqual(upTo(5).map((number) => served + number));
        served += inside.length;
        // The bucket is empty at this moment, so that nobody follows before the clock moves on.
        for (const ticket of inside) await room.leave(ticket);
        await room.clock.advanceMs(1_000);
      }
      expect(served).toBe(people);
    });
  });

  describe('a place ends', () => {
    test('when its waiter is not heard of, and those behind move up', async () => {
      const room = await openRoom({ capacity: 1, heartbeatSeconds: 5, admissionSeconds: 60 }, 3);
      await room.clock.advanceMs(4_000);
      await room.poll(3);
      await room.clock.advanceMs(1_000);
      expect(await room.poll(3)).toMatchObject({ status: 'waiting', ticket: 3, ahead: 0 });
      await expect(room.poll(2)).rejects.toMatchObject({ slug: 'not-in-queue' });
      expect((await room.enter(2)).place).toMatchObject({ ticket: 4, ahead: 1 });
    });

    test('when the admission is over, to the millisecond, and the next is admitted', async () => {
      const room = await openRoom({ capacity: 1, heartbeatSeconds: 60, admissionSeconds: 5 }, 2);
      const user = userNumbered(1);
      await room.clock.advanceUs(5_000_000 - 1_000);
      expect(await isAdmitted(room.redis, room.performanceId, user)).toBe(true);
      await room.clock.advanceUs(1_000);
      expect(await isAdmitted(room.redis, room.performanceId, user)).toBe(false);
      expect(await room.poll(2)).toMatchObject({ status: 'admitted', ticket: 2 });
      await expect(room.poll(1)).rejects.toMatchObject({ slug: 'not-in-queue' });
    });

    test('on leaving: the next is admitted at once, leaving again does nothing', async () => {
      const room = await openRoom({ capacity: 1 }, 3);
      await room.leave(1);
      await room.leave(1);
      expect(await isAdmitted(room.redis, room.performanceId, userNumbered(2))).toBe(true);
      await room.leave(3);
      expect(await room.view()).toMatchObject({ waiting: 0, admitted: 1, nowServing: 2 });
      expect((await room.enter(1)).place.ticket).toBe(4);
    });
  });

  describe('nobody is admitted', () => {
    test('while paused', async () => {
      const room = await openRoom({ paused: true }, 3);
      await room.clock.advanceMs(10_000);
      expect(await room.poll(1)).toMatchObject({ status: 'waiting', ahead: 0 });
      expect(await room.view()).toMatchObject({ state: 'paused', waiting: 3, admitted: 0, nowServing: 0 });
    });

    test('before the opening; heartbeats count from it, then the first second is let in', async () => {
      const settings = { opensInMs: 60_000, heartbeatSeconds: 5, capacity: 2, admitPerSecond: 2 };
      const room = await openRoom(settings, 3);
      expect(await room.view()).toMatchObject({ state: 'scheduled', waiting: 3 });
      expect(await room.poll(2)).toMatchObject({ status: 'scheduled', ticket: 2, ahead: 1 });
      await room.clock.advanceMs(64_999);
      expect(await room.poll(3)).toMatchObject({ status: 'waiting', ticket: 3, ahead: 0 });
      expect(await room.admitted()).toEqual([1, 2]);
      expect(await room.view()).toEqual({
        state: 'open',
        nowServing: 2,
        waiting: 1,
        admitted: 2,
        capacity: 2,
      });
    });
  });

  describe('a sweep', () => {
    /** Twice what one call may remove and a bit. */
    const many = 250;

    test('removes everything due and admits, however much it is, when nobody asks', async () => {
      const room = await openRoom(
        { capacity: many, admitPerSecond: many, heartbeatSeconds: 5, admissionSeconds: 5 },
        many,
      );
      expect((await room.view()).admitted).toBe(many);
      for (let number = many + 1; number <= 2 * many; number++) await room.enter(number);
      await room.clock.advanceMs(6_000);
      expect(await sweepQueue(room.redis, room.performanceId)).toEqual({
        lostWaiters: many,
        endedAdmissions: many,
        admissions: 0,
      });
      const keys = queueKeys(room.performanceId);
      expect(await room.redis.exists(keys.line, keys.heartbeats, keys.admitted, keys.admittedTickets)).toBe(
        0,
      );
    });

    test('never admits the silent, even when one call cannot remove them all', async () => {
      const room = await openRoom({ capacity: 1, admitPerSecond: 100, heartbeatSeconds: 5 }, many);
      await room.clock.advanceMs(6_000);
      const late: UserId = userNumbered(many + 1);
      expect((await room.enter(many + 1)).place.status).toBe('waiting');
      await room.leave(1);
      await sweepQueue(room.redis, room.performanceId);
      expect(await isAdmitted(room.redis, room.performanceId, late)).toBe(true);
      expect(await room.admitted()).toEqual([many + 1]);
    });

    test('leaves a line alone that is not open', async () => {
      const redis = services.connect();
      const { performanceId } = await createClockedPerformance(services.db, redis);
      expect(await sweepQueue(redis, performanceId)).toEqual({
        lostWaiters: 0,
        endedAdmissions: 0,
        admissions: 0,
      });
      expect(await redis.exists(queueKeys(performanceId).room)).toBe(0);
    });
  });
}
