import assert from 'node:assert/strict';
import { type LockFact, once, patient, underWay } from './lock-fact.ts';

/** Who is not told comes by itself after 150 ms. */
const toldWithinMs = 75;

/** Of several servers, each with some of the keys. */
export const clusterFacts = {
  'the keys of a lock, and those of locks that are taken together, lie on one server': async (scene) => {
    const both = [scene.resource, `${scene.resource}:second`];
    await assert.doesNotReject(scene.lock().acquire(both, once));
  },
} satisfies Record<string, LockFact>;

export const clusterLineFacts = {
  'the next in line is told at once, on every server': async ({ lock, resource, untilInLine }) => {
    const [holder, waiter] = [lock(), lock()];
    for (const each of ['a', 'b', 'c', 'd', 'e', 'f'].map((letter) => `{${letter}}${resource}`)) {
      const lease = await holder.acquire([each], once);
      const waiting = underWay(waiter.acquire([each], patient));
      await untilInLine(1, each);
      const releasedAtMs = performance.now();
      await lease.release();
      await (await waiting).release();
      const tookMs = performance.now() - releasedAtMs;
      assert.ok(tookMs < toldWithinMs, `${tookMs} ms`);
    }
  },
} satisfies Record<string, LockFact>;
