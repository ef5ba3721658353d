import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LockFact, notForLong, once, underWay } from './lock-fact.ts';
import { type LockProcess, lockProcess } from './lock-process.ts';
import type { OpenLockScene } from './open-lock-scene.ts';

const slackMs = 250;

/** Somebody else who has the lock, in a process of its own. */
async function withHolder(
  { url, kind, resource }: OpenLockScene,
  leaseMs: number,
  see: (holder: LockProcess, fence: number) => Promise<void>,
): Promise<void> {
  const holder = lockProcess(kind, url, resource, 'hold', leaseMs);
  try {
    await see(holder, Number(await holder.hears('held')));
  } finally {
    await holder.end();
  }
}

/** Of a holder that dies or is stopped, and of those who wait for it. */
export const holderFacts = {
  'a holder that is killed costs the others what is left of its lease': async (scene) => {
    await withHolder(scene, 700, async (holder) => {
      const acquiring = underWay(scene.lock().acquire([scene.resource], notForLong));
      await sleep(100);
      const leftMs = await scene.redis.pttl(scene.resource);
      const killedAtMs = performance.now();
      holder.signal('SIGKILL');
      await acquiring;
      const costMs = performance.now() - killedAtMs;
      assert.ok(costMs < leftMs + slackMs);
      assert.ok(costMs > leftMs - slackMs);
    });
  },
  'a holder that is stopped past its lease loses it, learns it when woken, and frees nothing': async (
    scene,
  ) => {
    await withHolder(scene, 400, async (holder, fence) => {
      holder.signal('SIGSTOP');
      const lease = await scene.lock().acquire([scene.resource], { ...once, waitMs: 5_000 });
      holder.signal('SIGCONT');
      assert.ok(lease.fence > fence);
      assert.equal(await holder.hears('woken'), '0 true');
      await sleep(100);
      assert.equal(await scene.redis.exists(scene.resource), 1);
    });
  },
} satisfies Record<string, LockFact>;
