import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLock } from '../create-lock.ts';
import { lineKey } from '../lock-keys.ts';
import { commandCounts } from './command-counts.ts';
import { block, type LockFact, leaseAndWaiter, notForLong, once, patient, underWay } from './lock-fact.ts';
import type { OpenLockScene } from './open-lock-scene.ts';

/** After so long a waiter's process counts as idle, and relies on a grant before it claims it. */
const idleMs = 60;

/** A turn whose process was held up at once: it is not certain of its grant any more, which has not ended yet. */
async function heldUpWithinItsGrant(scene: OpenLockScene) {
  const { lease, waiting } = await leaseAndWaiter(scene);
  await sleep(1.5 * idleMs);
  await lease.release();
  const mine = await waiting;
  block(140);
  return mine;
}

/** On a busy machine the grant may have been claimed before, or have ended meanwhile. */
const stagings = 5;

const killListeners = ({ redis }: OpenLockScene) => redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');

/** Resolves when there are so many in line and all stand there as they should: told of their turns (or not, `-`). */
async function untilAllStandAs(
  { redis, resource }: OpenLockScene,
  how: RegExp,
  count: number,
): Promise<void> {
  const deadlineMs = performance.now() + 1_500;
  for (;;) {
    const line = await redis.lrange(lineKey(resource), 0, -1);
    if (line.length === count && line.every((each) => how.test(each))) return;
    assert.ok(performance.now() < deadlineMs, `in line: ${line.join(', ')}`);
    await sleep(5);
  }
}

const hearing = /^[0-9a-f]+:\d+ /;
const deaf = /^- /;

/** Of turns in the line, how they are told, and what is done when they are not. */
export const lineFacts = {
  'the release falls between the try and the subscription: the next try finds the lock free': async (
    scene,
  ) => {
    const lease = await scene.lock().acquire([scene.resource], once);
    const releasing: Promise<void>[] = [];
    const client = scene.clientListeningBy((listener) => {
      releasing.push(lease.release());
      return listener;
    });
    const tries: number[] = [];
    const lock = createLock('pubsub', client, { acquired: ({ attempts }) => tries.push(attempts) });
    await lock.acquire([scene.resource], patient);
    await lock.close();
    assert.equal(releasing.length, 1);
    // Before and after the subscription: who only looked by itself would have come a third time.
    assert.deepEqual(tries, [2]);
  },
  'many wait in one process: one subscription serves them, and each message wakes one': async (scene) => {
    const { redis, resource } = scene;
    const before = await commandCounts(redis, 'ssubscribe');
    const lease = await scene.lock().acquire([resource], once);
    const lock = scene.lock();
    let inside = 0;
    let mostInside = 0;
    const waits = Array.from({ length: 5 }, async () => {
      const mine = await lock.acquire([resource], patient);
      inside += 1;
      mostInside = Math.max(mostInside, inside);
      await sleep(5);
      inside -= 1;
      await mine.release();
    });
    const all = underWay(Promise.all(waits));
    await scene.untilInLine(waits.length);
    await lease.release();
    await all;
    assert.equal(mostInside, 1);
    assert.equal((await commandCounts(redis, 'ssubscribe')) - before, 1);
  },
  'the first in line is gone, and so is the holder: the next tells those who wait': async (scene) => {
    const { redis, resource } = scene;
    await redis.rpush(lineKey(resource), '- gone');
    const beganAtMs = performance.now();
    await scene.lock().acquire([resource], notForLong);
    const tookMs = performance.now() - beganAtMs;
    // For as long as a grant may be claimed, the lock belongs to the first.
    assert.ok(tookMs > 200, `${tookMs} ms`);
    assert.ok(tookMs < 500, `${tookMs} ms`);
  },
  'the connection for listening is lost again and again: the waiter looks by itself': async (scene) => {
    const { lease, waiting } = await leaseAndWaiter(scene, scene.lock(), notForLong);
    const cutting = setInterval(() => void killListeners(scene), 10);
    try {
      // In the moments between two cuts it hears, and would be told.
      await untilAllStandAs(scene, deaf, 1);
      const releasedAtMs = performance.now();
      await lease.release();
      await waiting;
      assert.ok(performance.now() - releasedAtMs < 500);
    } finally {
      clearInterval(cutting);
    }
  },
  'the connection for listening is lost once: those who wait hear again, and keep their places': async (
    scene,
  ) => {
    const served: string[] = [];
    const lease = await scene.lock().acquire([scene.resource], once);
    const wait = async (name: string) => {
      const mine = await scene.lock().acquire([scene.resource], patient);
      served.push(name);
      await mine.release();
    };
    const first = underWay(wait('first'));
    await scene.untilInLine(1);
    const second = underWay(wait('second'));
    await scene.untilInLine(2);
    await killListeners(scene);
    // Who does not know that it is deaf stands in line as before; who knows stands there as one who does not hear.
    await sleep(300);
    await untilAllStandAs(scene, hearing, 2);
    await lease.release();
    // Granted in that moment, since the first in line hears again: nobody has to come and look.
    assert.equal(await scene.redis.exists(scene.resource), 1);
    await Promise.all([first, second]);
    assert.deepEqual(served, ['first', 'second']);
  },
  'Redis restarts, and its data is lost: the waiter stands in line again, and is served': async (scene) => {
    const { lease, waiting } = await leaseAndWaiter(scene);
    // Long enough for a request to fail: the waiter has to endure it. The restart is answered by none.
    const restartMs = 150;
    await assert.rejects(scene.redis.call('DEBUG', 'RESTART', restartMs));
    assert.ok((await waiting).fence > lease.fence);
  },
  'the process is held up between the message and its work: the grant is claimed anew, not relied on': async (
    scene,
  ) => {
    const client = scene.clientListeningBy((listener) => {
      listener.on('smessage', () => block(400));
      return listener;
    });
    const { lease, waiting } = await leaseAndWaiter(scene, scene.lock('pubsub', client));
    await lease.release();
    const mine = await waiting;
    assert.ok((await scene.redis.pttl(scene.resource)) > 4_000);
    assert.ok(!mine.signal.aborted);
  },
  'a turn that was told is claimed: the lease lasts as long as was asked for': async (scene) => {
    const { lease, waiting } = await leaseAndWaiter(scene);
    await sleep(idleMs);
    await lease.release();
    const mine = await waiting;
    await sleep(400);
    assert.ok((await scene.redis.pttl(scene.resource)) > 4_000);
    assert.ok(!mine.signal.aborted);
    assert.ok(mine.remainingMs() > 4_000);
  },
  'a claim that comes late, and in time for Redis, keeps the lease': async (scene) => {
    for (let staging = 1; ; staging += 1) {
      const mine = await heldUpWithinItsGrant(scene);
      await sleep(50);
      const remainingMs = mine.remainingMs();
      await mine.release();
      if (remainingMs > 4_000) return;
      assert.ok(staging < stagings, 'the lease is lost');
    }
  },
  'whoever was told of a loss is not told later that nothing was lost': async (scene) => {
    for (let staging = 1; ; staging += 1) {
      const mine = await heldUpWithinItsGrant(scene);
      const isTold = mine.remainingMs() === 0;
      await sleep(50);
      const isLost = mine.remainingMs() === 0 && mine.signal.aborted;
      await mine.release();
      if (isTold) return assert.ok(isLost, 'what was lost came back');
      assert.ok(staging < stagings, 'the process was never held up for long enough');
    }
  },
  'who want the same two locks, named in opposite orders, do not wait for one another': async (scene) => {
    const names = [scene.resource, `${scene.resource}:other`];
    const lease = await scene.lock().acquire(names, once);
    const takings = [names, names.toReversed()].map((each) => {
      const lock = scene.lock();
      return underWay(lock.acquire(each, notForLong).then((taken) => taken.release()));
    });
    // Both have come as far as they can.
    await sleep(300);
    await lease.release();
    await Promise.all(takings);
  },
  'a holder that is stopped before it has claimed its turn learns it when it wakes': async (scene) => {
    const { lease, waiting } = await leaseAndWaiter(scene);
    await sleep(idleMs);
    await lease.release();
    const mine = await waiting;
    block(400);
    assert.equal(mine.remainingMs(), 0);
    assert.ok(mine.signal.aborted);
    const other = await scene.lock().acquire([scene.resource], patient);
    assert.ok(other.fence > mine.fence);
  },
} satisfies Record<string, LockFact>;
