import { endAdmission } from '../end-admission.ts';
import { enterQueue } from '../enter-queue.ts';
import { grantGrace } from '../grant-grace.ts';
import { isAdmitted } from '../is-admitted.ts';
import { leaveQueue } from '../leave-queue.ts';
import { readPlace } from '../read-place.ts';
import { readQueue } from '../read-queue.ts';
import { sweepQueue } from '../sweep-queue.ts';
import { EditedCluster } from './edited-redis.ts';
import type { TrialServices } from './queue-trial.ts';
import { createClockedPerformance, userNumbered } from './test-room.ts';

/**
 * Runs every command once, in a room of its own. A script that the server does not know yet is sent a second time,
 * after those that were sent in between: from now on what is sent first is run first.
 */
export async function loadScripts(services: TrialServices): Promise<void> {
  const { redis, db } = services;
  const { performanceId } = await createClockedPerformance(db, redis);
  const owner = { performanceId, userId: userNumbered(1) };
  await enterQueue(services, owner);
  await readPlace(services, owner);
  await readQueue(services, performanceId);
  await isAdmitted(redis, performanceId, owner.userId);
  await grantGrace(redis, performanceId);
  await sweepQueue(redis, performanceId);
  await endAdmission(redis, owner);
  await leaveQueue(services, owner);
  if (redis instanceof EditedCluster) await redis.shareScripts();
}
