import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { failureOf } from '../../testing/race.ts';
import { LockAmbiguousError, LockContendedError, LockLostError } from '../errors.ts';
import { commandCounts } from './command-counts.ts';
import { becomesFree, type LockFact, once } from './lock-fact.ts';
import type { OpenLockScene } from './open-lock-scene.ts';

/** Time for a release that is tried at once, after a quarter of a second and after one. */
const soonMs = 1_500;

/** A lock behind a proxy, which has been used: the server knows its scripts. */
async function lockBehindProxy(scene: OpenLockScene) {
  const { proxy, client } = await scene.proxied();
  const lock = scene.lock(scene.kind, client);
  await (await lock.acquire([scene.resource], once)).release();
  return { proxy, lock };
}

/** Of requests and answers on their way, and of redlock, which sends some of them. */
export const networkFacts = {
  'a lost reply is told, and the lock that nobody knows of is given back': async (scene) => {
    const { proxy, lock } = await lockBehindProxy(scene);
    const lost = proxy.loseReplyTo(/evalsha/i);
    await assert.rejects(lock.acquire([scene.resource], once), LockAmbiguousError);
    await lost;
    await becomesFree(scene, soonMs);
  },
  'an answer that comes after the lease is no lock, and is given back': async (scene) => {
    const { proxy, lock } = await lockBehindProxy(scene);
    await proxy.set({ kind: 'delay', delayMs: 100 });
    const late = lock.acquire([scene.resource], { leaseMs: 150, waitMs: 0, token: 'late' });
    await assert.rejects(late, LockAmbiguousError);
    // As a request would that is overtaken by its release.
    await scene.lock().acquire([scene.resource], { ...once, token: 'late' });
    await becomesFree(scene, soonMs);
    // The same delay is no harm to a lease that is longer, and counts.
    const lease = await lock.acquire([scene.resource], once);
    assert.ok(lease.remainingMs() < 9_800);
  },
  'an extension that is answered after the end was told is none': async (scene) => {
    const { proxy, lock } = await lockBehindProxy(scene);
    const lease = await lock.acquire([scene.resource], once);
    const { signal } = lease;
    // The server knows this script, too, from here on.
    await lease.extend(300);
    // It comes to Redis before the end of the lease, and its answer after it.
    await proxy.set({ kind: 'delay', delayMs: 200 });
    await assert.rejects(lease.extend(5_000), LockLostError);
    assert.ok(signal.aborted);
    assert.equal(lease.remainingMs(), 0);
    await proxy.set({ kind: 'none' });
    await lease.release();
    await becomesFree(scene, soonMs);
  },
  'a refused try is one request': async ({ lock, redis, resource }) => {
    await lock().acquire([resource], once);
    const before = await commandCounts(redis, 'evalsha');
    // redlock, left to itself, tries again for two seconds.
    assert.ok((await failureOf(lock().acquire([resource], once))) instanceof LockContendedError);
    assert.equal((await commandCounts(redis, 'evalsha')) - before, 1);
  },
  'a refused try frees nothing that its token holds': async ({ lock, redis, resource }) => {
    const [mine, others] = [`${resource}:mine`, `${resource}:others`];
    await lock().acquire([mine], { ...once, token: 'me' });
    await lock().acquire([others], once);
    const refusal = await failureOf(lock().acquire([mine, others], { ...once, token: 'me' }));
    // redlock, left to itself, releases after every try that failed.
    assert.equal(await redis.exists(mine), 1);
    assert.ok(refusal instanceof LockContendedError);
  },
  'a release that cannot get through does not throw, and follows later': async (scene) => {
    const { proxy, lock } = await lockBehindProxy(scene);
    const lease = await lock.acquire([scene.resource], once);
    await proxy.set({ kind: 'refuse' });
    await assert.doesNotReject(lease.release());
    // Long enough for the next try to fail as well.
    await sleep(150);
    assert.equal(await scene.redis.exists(scene.resource), 1);
    await proxy.set({ kind: 'none' });
    await becomesFree(scene, soonMs);
  },
} satisfies Record<string, LockFact>;
