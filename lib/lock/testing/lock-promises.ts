import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisClient } from '../../redis/client.ts';
import { failureOf } from '../../testing/race.ts';
import { LockContendedError, LockLostError } from '../errors.ts';
import type { Lock } from '../lock.ts';
import { fenceKey, lineKey } from '../lock-keys.ts';

/** What a promise is tried on. */
export interface Trial {
  readonly kind: 'simple' | 'pubsub';
  /** A lock of that kind, each of a client of its own. */
  readonly lock: () => Lock;
  /** Looks at the server. */
  readonly redis: RedisClient;
  readonly resource: string;
  /** Resolves when so many stand in the line. */
  readonly untilInLine: (count: number) => Promise<void>;
}

/** Throws when it is not kept. */
type LockPromise = (trial: Trial) => Promise<void>;

const once = { leaseMs: 5_000, waitMs: 0 };
const patient = { leaseMs: 5_000, waitMs: 1_500 };
/** Above the longest time for which a grant waits to be claimed. */
const maxGrantMs = 500;
/** More than the numbers a drawn fence has for those who follow in line. */
const handOffs = 20;

const expectTaken = async (attempt: Promise<unknown>) =>
  assert.ok((await failureOf(attempt)) instanceof LockContendedError);

/** Growing, each once. */
const expectGrowing = (fences: readonly number[]) =>
  assert.deepEqual(
    fences,
    [...new Set(fences)].toSorted((a, b) => a - b),
  );

/** A holder, and then a waiter in line behind those who are given. */
async function holderAndWaiter(
  { lock, resource, untilInLine, redis }: Trial,
  { ahead = [], waiter = 'waiter' }: { readonly ahead?: readonly string[]; readonly waiter?: string } = {},
) {
  const lease = await lock().acquire([resource], { ...once, token: 'holder' });
  if (ahead.length > 0) await redis.rpush(lineKey(resource), ...ahead);
  const waiting = lock().acquire([resource], { ...patient, token: waiter });
  // A failure is told where it is awaited.
  waiting.catch(() => undefined);
  await untilInLine(ahead.length + 1);
  return { lease, waiting };
}

const holderOf = async ({ redis, resource }: Trial) => (await redis.get(resource))?.split(' ').at(-1);

/** What the scripts of the locks promise, each in a way that is decided by the scripts alone. */
export const lockPromises = {
  'one holder at a time': async ({ lock, resource }) => {
    await lock().acquire([resource], once);
    await expectTaken(lock().acquire([resource], once));
  },
  'the same token takes it again, for the new time': async ({ lock, resource, redis }) => {
    await lock().acquire([resource], { leaseMs: 1_000, waitMs: 0, token: 'mine' });
    await lock().acquire([resource], { ...once, token: 'mine' });
    assert.ok((await redis.pttl(resource)) > 1_000);
  },
  'all or none': async ({ lock, resource, redis }) => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => `${resource}:${name}`) as [string, string, string];
    await lock().acquire([b], once);
    const refused = await failureOf(lock().acquire([a, b, c], once));
    assert.ok(refused instanceof LockContendedError);
    assert.deepEqual(refused.resources, [b]);
    assert.equal(await redis.exists(a, c), 0);
  },
  'all of them, also when one is held already': async ({ lock, resource, redis }) => {
    const names = ['a', 'b'].map((name) => `${resource}:${name}`);
    await lock().acquire(names.slice(0, 1), { ...once, token: 'mine' });
    await lock().acquire(names, { ...once, token: 'mine' });
    assert.equal(await redis.exists(...names), names.length);
  },
  'a lease ends by itself': async ({ lock, resource, redis }) => {
    await lock().acquire([resource], once);
    const endsInMs = await redis.pttl(resource);
    assert.ok(endsInMs > once.leaseMs - 1_000);
    assert.ok(endsInMs <= once.leaseMs);
  },
  'several leases end by themselves': async ({ lock, resource, redis }) => {
    const names = ['a', 'b'].map((name) => `${resource}:${name}`);
    await lock().acquire(names, once);
    for (const name of names) {
      const endsInMs = await redis.pttl(name);
      assert.ok(endsInMs > once.leaseMs - 1_000);
      assert.ok(endsInMs <= once.leaseMs);
    }
  },
  'fences grow when the counter is lost': async ({ lock, resource, redis }) => {
    const before = await lock().acquire([resource], once);
    await before.release();
    await redis.del(fenceKey(resource));
    assert.ok((await lock().acquire([resource], once)).fence > before.fence);
  },
  'fences grow when the clock is set back': async ({ lock, resource, redis }) => {
    const ahead = Math.floor((Date.now() * 1_000 + 3_600_000_000) / 16) * 16;
    await redis.set(fenceKey(resource), ahead);
    const fences = [ahead];
    for (let turn = 0; turn < 4; turn += 1) {
      const lease = await lock().acquire([resource], once);
      fences.push(lease.fence);
      await lease.release();
    }
    expectGrowing(fences);
  },
  'the counter of the fences outlives every lease, and ends': async ({ lock, resource, redis }) => {
    await lock().acquire([resource], once);
    assert.ok((await redis.pttl(fenceKey(resource))) > 3_600_000);
  },
  'given back by its token': async ({ lock, resource, redis }) => {
    await (await lock().acquire([resource], once)).release();
    assert.equal(await redis.exists(resource), 0);
  },
  'given back by no other token': async ({ lock, resource, redis }) => {
    await lock().acquire([resource], once);
    assert.equal(await lock().release([resource], 'stranger'), 0);
    assert.equal(await redis.exists(resource), 1);
  },
  'extended by its token': async ({ lock, resource, redis }) => {
    const lease = await lock().acquire([resource], once);
    await lease.extend(50_000);
    assert.ok((await redis.pttl(resource)) > once.leaseMs);
  },
  'extended by no other token': async ({ lock, resource }) => {
    await lock().acquire([resource], once);
    const extending = lock().extend([resource], 'stranger', 50_000);
    assert.ok((await failureOf(extending)) instanceof LockLostError);
  },
  'extended all or none': async ({ lock, resource, redis }) => {
    const [mine, others] = [`${resource}:mine`, `${resource}:others`];
    await lock().acquire([mine], { ...once, token: 'me' });
    await lock().acquire([others], once);
    await failureOf(lock().extend([mine, others], 'me', 50_000));
    assert.ok((await redis.pttl(mine)) <= once.leaseMs);
    assert.ok((await redis.pttl(others)) <= once.leaseMs);
  },
  'granted to the first in line at the release': async (trial) => {
    const { lease, waiting } = await holderAndWaiter(trial);
    await lease.release();
    assert.equal(await holderOf(trial), 'waiter');
    await waiting;
  },
  'granted in the order of coming': async (trial) => {
    const { lease } = await holderAndWaiter(trial, { waiter: 'first' });
    trial
      .lock()
      .acquire([trial.resource], { ...patient, token: 'second' })
      .catch(() => undefined);
    await trial.untilInLine(2);
    await lease.release();
    assert.equal(await holderOf(trial), 'first');
  },
  'no newcomer passes those who wait': async ({ lock, resource, redis }) => {
    await redis.rpush(lineKey(resource), '- gone');
    await expectTaken(lock().acquire([resource], once));
  },
  'a lock that nobody holds comes to those who wait': async ({ lock, resource, redis }) => {
    await redis.rpush(lineKey(resource), '- gone');
    await lock().acquire([resource], patient);
  },
  'the dead are passed over': async (trial) => {
    const { lease } = await holderAndWaiter(trial, { ahead: ['dead:1 dead'] });
    await lease.release();
    assert.equal(await holderOf(trial), 'waiter');
  },
  'those who do not listen have their turn, for a time': async (trial) => {
    const { lease } = await holderAndWaiter(trial, { ahead: ['- quiet'] });
    await lease.release();
    assert.equal(await holderOf(trial), 'quiet');
    const endsInMs = await trial.redis.pttl(trial.resource);
    assert.ok(endsInMs > 0);
    assert.ok(endsInMs < maxGrantMs);
  },
  'fences grow in the line': async (trial) => {
    const ahead = Math.floor((Date.now() * 1_000 + 3_600_000_000) / 16) * 16;
    await trial.redis.set(fenceKey(trial.resource), ahead);
    const locks = [trial.lock(), trial.lock()] as const;
    let lease = await locks[1].acquire([trial.resource], once);
    const fences = [ahead, lease.fence];
    for (let turn = 0; turn < handOffs; turn += 1) {
      const next = locks[turn % 2 === 0 ? 0 : 1].acquire([trial.resource], patient);
      await trial.untilInLine(1);
      await lease.release();
      lease = await next;
      fences.push(lease.fence);
    }
    await lease.release();
    fences.push((await trial.lock().acquire([trial.resource], once)).fence);
    expectGrowing(fences);
  },
  'who is served leaves the line': async (trial) => {
    await trial.lock().acquire([trial.resource], { leaseMs: 150, waitMs: 0 });
    const lease = await trial.lock().acquire([trial.resource], patient);
    assert.equal(await trial.redis.exists(lineKey(trial.resource)), 0);
    await lease.release();
  },
  'who gives up leaves the line': async ({ lock, resource, redis }) => {
    await lock().acquire([resource], once);
    await expectTaken(lock().acquire([resource], { ...once, waitMs: 100 }));
    assert.equal(await redis.exists(lineKey(resource)), 0);
  },
  'who gives up leaves the line, also when it did not listen': async (trial) => {
    const { waiting } = await holderAndWaiter(trial);
    await trial.redis.del(lineKey(trial.resource));
    await trial.untilInLine(1);
    assert.equal(await trial.redis.lindex(lineKey(trial.resource), 0), '- waiter');
    await expectTaken(waiting);
    assert.equal(await trial.redis.exists(lineKey(trial.resource)), 0);
  },
  'who has lost its place stands in front': async (trial) => {
    await holderAndWaiter(trial);
    const line = lineKey(trial.resource);
    await trial.redis.rpush(line, '- second');
    await trial.redis.lpop(line);
    await trial.untilInLine(2);
    assert.deepEqual(await trial.redis.lrange(line, 0, -1), ['- waiter', '- second']);
  },
  'who does not hear for a while keeps one place': async (trial) => {
    await holderAndWaiter(trial);
    await trial.redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await sleep(500);
    const line = await trial.redis.lrange(lineKey(trial.resource), 0, -1);
    assert.equal(line.length, 1);
    assert.match(line[0] ?? '', /^[0-9a-f]+:\d+ waiter$/);
  },
  'a line ends that everybody has left by dying': async (trial) => {
    await holderAndWaiter(trial);
    assert.ok((await trial.redis.pttl(lineKey(trial.resource))) > 0);
  },
} satisfies Record<string, LockPromise>;

export type LockPromiseName = keyof typeof lockPromises;
