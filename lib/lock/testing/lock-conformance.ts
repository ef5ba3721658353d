import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RedisClient } from '../../redis/client.ts';
import { createLock, type LockKind } from '../create-lock.ts';
import { LockContendedError, LockLostError } from '../errors.ts';
import type { AcquireOptions, Lock } from '../lock.ts';
import { brokenLock, contend } from './contend.ts';

const kinds: readonly LockKind[] = ['simple', 'spin', 'pubsub'];
const once: AcquireOptions = { leaseMs: 5_000, waitMs: 0 };
const contenders = 6;
const rounds = 25;

/** What every kind of lock promises, on one server and on a cluster alike. */
export function lockConformance(connect: () => RedisClient): void {
  describe.each(kinds)('the %s lock', (kind) => {
    let clients: RedisClient[];
    let locks: Lock[];
    let sequence = 0;
    let resource: string;

    const redis = () => {
      const client = connect();
      clients.push(client);
      return client;
    };
    const newLock = () => {
      const lock = createLock(kind, redis());
      locks.push(lock);
      return lock;
    };

    const name = (seat: string) => `${resource}:seat:${seat}`;

    beforeEach(() => {
      clients = [];
      locks = [];
      sequence += 1;
      resource = `{${kind}-${sequence}-${Math.random()}}`;
    });

    afterEach(async () => {
      await Promise.all(locks.map((lock) => lock.close()));
      for (const client of clients) client.disconnect();
    });

    test('lets one in at a time, with growing fences; a lock that does not is found out', async () => {
      const counter = redis();
      const run = async (make: () => Lock) => {
        const all = Array.from({ length: contenders }, () => contend(make(), counter, resource, rounds));
        const overlaps = (await Promise.all(all)).reduce((sum, each) => sum + each.overlaps, 0);
        const fences = (await counter.lrange(`${resource}:fences`, 0, -1)).map(Number);
        await counter.del(`${resource}:fences`);
        return { overlaps, fences };
      };
      const good = await run(newLock);
      expect(good.overlaps).toBe(0);
      expect(good.fences).toHaveLength(contenders * rounds);
      expect(good.fences).toEqual([...new Set(good.fences)].toSorted((a, b) => a - b));
      const bad = await run(() => brokenLock);
      expect(bad.overlaps).toBeGreaterThan(0);
    });

    test('takes all or none, and names exactly the taken ones', async () => {
      const lock = newLock();
      await lock.acquire([name('b'), name('d')], once);
      const refused = lock.acquire([name('d'), name('a'), name('b'), name('c')], once);
      await expect(refused).rejects.toThrow(LockContendedError);
      await expect(refused).rejects.toMatchObject({ resources: [name('b'), name('d')] });
      const rest = await lock.acquire([name('a'), name('c')], once);
      expect(rest.resources).toEqual([name('a'), name('c')]);
    });

    test('names exactly the taken ones after waiting for them, and holds none of the others', async () => {
      const lock = newLock();
      await lock.acquire([name('b'), name('d')], once);
      const refused = newLock().acquire([name('a'), name('b'), name('c'), name('d')], {
        ...once,
        waitMs: 60,
      });
      await expect(refused).rejects.toMatchObject({ resources: [name('b'), name('d')] });
      await lock.acquire([name('a'), name('c')], once);
    });

    test('never makes two wait for one another who want the same in opposite orders', async () => {
      const names = [name('a'), name('b'), name('c')];
      const wishes = [names, names.toReversed(), names, names.toReversed()];
      const waits = { ...once, waitMs: 4_000 };
      const served = await Promise.all(
        wishes.map(async (wish) => {
          const lock = newLock();
          let count = 0;
          for (let round = 0; round < 5; round += 1) {
            try {
              await (await lock.acquire(wish, waits)).release();
              count += 1;
            } catch (error) {
              if (!(error instanceof LockContendedError)) throw error;
            }
          }
          return count;
        }),
      );
      // Who does not wait is refused now and then; the others all have their turns.
      if (kind === 'simple') expect(Math.max(...served)).toBeGreaterThan(0);
      else expect(served).toEqual(wishes.map(() => 5));
    });

    test('is given back by another process that knows the token, and by no other', async () => {
      const lease = await newLock().acquire([resource], { ...once, token: 'hold-1' });
      const other = newLock();
      expect(await other.release([resource], 'hold-2')).toBe(0);
      await expect(other.acquire([resource], once)).rejects.toThrow(LockContendedError);
      expect(await other.release([resource], 'hold-1')).toBe(1);
      await other.acquire([resource], once);
      await lease.release();
      await expect(other.acquire([resource], once)).rejects.toThrow(LockContendedError);
    });

    test.each(kinds)('keeps out the %s lock, and has its turn after it', async (otherKind) => {
      const other = createLock(otherKind, redis());
      locks.push(other);
      const lease = await newLock().acquire([resource], once);
      await expect(other.acquire([resource], once)).rejects.toThrow(LockContendedError);
      await lease.release();
      const theirs = await other.acquire([resource], once);
      expect(theirs.fence).toBeGreaterThan(lease.fence);
      await expect(newLock().acquire([resource], once)).rejects.toThrow(LockContendedError);
    });

    test('can be taken again with the same token: the reply may have been lost', async () => {
      const lock = newLock();
      const first = await lock.acquire([resource], { ...once, token: 'mine' });
      const again = await lock.acquire([resource], { ...once, token: 'mine' });
      expect(again.fence).toBeGreaterThanOrEqual(first.fence);
      await expect(lock.acquire([resource], once)).rejects.toThrow(LockContendedError);
    });

    test('ends by itself, tells its holder, and is not taken from the next one', async () => {
      const lock = newLock();
      const lease = await lock.acquire([resource], { leaseMs: 150, waitMs: 0 });
      const { signal } = lease;
      expect(lease.remainingMs()).toBeGreaterThan(0);
      await sleep(160);
      expect(lease.remainingMs()).toBe(0);
      expect(signal.aborted).toBe(true);
      expect(signal.reason).toBeInstanceOf(LockLostError);
      const next = await newLock().acquire([resource], once);
      expect(next.fence).toBeGreaterThan(lease.fence);
      await expect(lease.extend(1_000)).rejects.toThrow(LockLostError);
      await lease.release();
      await expect(lock.acquire([resource], once)).rejects.toThrow(LockContendedError);
    });

    test('lasts longer when extended, by hand or by itself, and no longer than told', async () => {
      // A renewal may be late by half a second: the last but one lasts beyond the first look.
      const [leaseMs, renewForMs] = [800, 1_200];
      const lock = newLock();
      const other = newLock();
      const byHand = await lock.acquire([`${resource}:hand`], { leaseMs, waitMs: 0 });
      const byItself = await lock.acquire([`${resource}:self`], { leaseMs, waitMs: 0, renewForMs });
      await byHand.extend(5_000);
      await sleep(renewForMs);
      await expect(other.acquire([`${resource}:hand`], once)).rejects.toThrow(LockContendedError);
      await expect(other.acquire([`${resource}:self`], once)).rejects.toThrow(LockContendedError);
      await sleep(renewForMs);
      expect(byItself.remainingMs()).toBe(0);
      await other.acquire([`${resource}:self`], once);
      await expect(other.extend([`${resource}:self`], byItself.token, 1_000)).rejects.toThrow(LockLostError);
    });

    test('that is lost before its time is told to its holder by the next renewal or extension', async () => {
      const client = redis();
      const lock = newLock();
      const renewed = await lock.acquire([`${resource}:self`], {
        ...once,
        leaseMs: 3_000,
        renewForMs: 9_000,
      });
      const extended = await lock.acquire([`${resource}:hand`], once);
      const { signal } = renewed;
      await client.del(`${resource}:self`, `${resource}:hand`);
      await sleep(1_400);
      // Its time would not be over yet: it is the renewal that told.
      expect(signal.reason).toBeInstanceOf(LockLostError);
      expect(renewed.remainingMs()).toBe(0);
      expect(extended.signal.aborted).toBe(false);
      await expect(extended.extend(1_000)).rejects.toThrow(LockLostError);
      expect(extended.signal.reason).toBeInstanceOf(LockLostError);
      expect(extended.remainingMs()).toBe(0);
    });

    test('does not begin to wait, or stops waiting, when its caller says so', async () => {
      const lock = newLock();
      await lock.acquire([resource], once);
      const gone = AbortSignal.abort(new Error('gone'));
      await expect(lock.acquire([resource], { ...once, signal: gone })).rejects.toThrow('gone');
      if (kind === 'simple') return;
      const leaving = new AbortController();
      const waiting = newLock().acquire([resource], { ...once, waitMs: 10_000, signal: leaving.signal });
      setTimeout(() => leaving.abort(new Error('left')), 50);
      await expect(waiting).rejects.toThrow('left');
    });

    test('leaves one key behind a hash tag, and that one ends', async () => {
      const client = redis();
      const lock = newLock();
      const lease = await lock.acquire([`${resource}:a`, `${resource}:b`], once);
      await lease.release();
      expect(await client.exists(`${resource}:a`, `${resource}:b`, `${resource}:a:line`)).toBe(0);
      expect(await client.pttl(`${resource}:fence`)).toBeGreaterThan(3_600_000);
    });
  });
}
