import { readFileSync } from 'node:fs';
import type { Db } from '../db/client.ts';
import { inTransaction } from '../db/transaction.ts';
import { DependencyError, Problem } from '../errors.ts';
import type { PerformanceId } from '../ids.ts';
import type { RedisClient } from '../redis/client.ts';
import { defineScript } from '../redis/script.ts';
import { planLine } from './line-plan.ts';
import { prepareLine } from './prepare-line.ts';
import { noRoom } from './room-command.ts';
import { roomKeys, roomScript } from './room-script.ts';

const source = readFileSync(new URL('./open-line.lua', import.meta.url), 'utf8');

const open = defineScript(roomScript(source), (reply) => reply === 1);

export interface LineServices {
  readonly redis: RedisClient;
  readonly db: Db;
}

/**
 * Begins the line of a performance in Redis with the settings from Postgres, unless it is there. To be called
 * when a performance is created; the operations call it when they find no room, i.e. after a loss of Redis.
 *
 * Timeline: lock the performance row → write the room, closed → count the epoch up → COMMIT → open the room.
 * Dying anywhere on the way leaves a closed room, which the next caller finishes or writes anew; no ticket is
 * given in an epoch that Postgres does not know.
 *
 * One transaction (SELECT, UPDATE) and two `EVALSHA`; openers of the same line wait for each other.
 * Running the transaction again is safe: a room that is not open yet is written anew.
 *
 * @throws Problem not-found
 * @throws DependencyError Redis or Postgres is out of reach
 */
export async function openLine({ redis, db }: LineServices, performanceId: PerformanceId): Promise<void> {
  const epoch = await inTransaction(db, {}, async (trx) => {
    const plan = await planLine(trx, performanceId);
    if (!plan) throw new Problem('not-found', 'No such performance');
    const state = await prepareLine(redis, performanceId, plan);
    if (state !== 'prepared') return plan.committedEpoch;
    await trx
      .updateTable('performances')
      .where('performance_id', '=', performanceId)
      .set({ line_epoch: plan.committedEpoch + 1 })
      .executeTakeFirstOrThrow();
    return plan.committedEpoch + 1;
  });
  // Not of that epoch: lost again meanwhile, and the next caller begins anew.
  await open(redis, roomKeys(performanceId), [epoch]);
}

/** The openings under way in this process: a crowd that finds no room opens it once. */
const openings = new WeakMap<RedisClient, Map<PerformanceId, Promise<void>>>();

function shareOpening(services: LineServices, performanceId: PerformanceId): Promise<void> {
  const underWay = openings.get(services.redis) ?? new Map<PerformanceId, Promise<void>>();
  openings.set(services.redis, underWay);
  const known = underWay.get(performanceId);
  if (known) return known;
  const opening = openLine(services, performanceId).finally(() => underWay.delete(performanceId));
  underWay.set(performanceId, opening);
  return opening;
}

/**
 * Runs a command of the waiting room; when it finds no room, opens the line and runs it once more.
 *
 * @throws Problem not-found
 * @throws DependencyError Redis is out of reach or lost the line again at once, or Postgres is out of reach when it
 *   is needed
 */
export async function onOpenLine<Reply>(
  services: LineServices,
  performanceId: PerformanceId,
  command: () => Promise<Reply | typeof noRoom>,
): Promise<Reply> {
  const first = await command();
  if (first !== noRoom) return first;
  await shareOpening(services, performanceId);
  const second = await command();
  if (second !== noRoom) return second;
  throw new DependencyError('redis', new Error('the line was lost again at once'));
}
