import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenLockScene } from './open-lock-scene.ts';

/** Something about Redis, redlock, the network or a process that a lock has to cope with; throws when it does not. */
export type LockFact = (scene: OpenLockScene) => Promise<void>;

/** Tries once; the lease lasts longer than any trial. */
export const once = { leaseMs: 10_000, waitMs: 0 };
/** Waits for longer than it ever has to. */
export const patient = { leaseMs: 5_000, waitMs: 5_000 };
/** The same, where who is not told must come by itself. */
export const notForLong = { ...patient, waitMs: 1_500 };

/** Something whose failure is told where it is awaited. */
export function underWay<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}

/** Holds up the whole process, as a garbage collector or a frozen container does. */
export function block(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

export async function becomesFree({ redis, resource }: OpenLockScene, withinMs: number): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  while ((await redis.exists(resource)) === 1) {
    assert.ok(performance.now() < deadlineMs, `still taken after ${withinMs} ms`);
    await sleep(10);
  }
}

/** A lease, and somebody who stands in line for it. */
export async function leaseAndWaiter(scene: OpenLockScene, waiter = scene.lock(), waits = patient) {
  const lease = await scene.lock().acquire([scene.resource], once);
  const waiting = underWay(waiter.acquire([scene.resource], waits));
  await scene.untilInLine(1);
  return { lease, waiting };
}
