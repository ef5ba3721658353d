import { readFileSync } from 'node:fs';
import type { PerformanceId, UserId } from '../ids.ts';
import { drawDigest, lotOf } from './draw-lot.ts';
import { findDrawSeed, keptDrawSeed } from './draw-seed.ts';
import { finishStay } from './finish-stay.ts';
import { type LineServices, onOpenLine } from './open-line.ts';
import {
  answerPlace,
  decodePlace,
  findWaiter,
  hearWaiter,
  type Place,
  type PlaceSettings,
  presentPlace,
} from './place.ts';
import { defaultPollsPerSecond } from './poll-interval.ts';
import { beginReceipt, readReceipt } from './receipt.ts';
import { defineRoomCommand } from './room-command.ts';

const source = readFileSync(new URL('./enter-queue.lua', import.meta.url), 'utf8');

/** There is a draw to come, and the script was not told the user's lot. */
const lotNeeded = Symbol('lot needed');

/** What an entry does to the line, and then answers. */
export const entry = { before: findWaiter + source + finishStay + hearWaiter, after: answerPlace };

const enter = defineRoomCommand(entry, (word, numbers) =>
  word === 'lot-needed' ? lotNeeded : decodePlace(word, numbers),
);

export interface QueueEntry {
  readonly performanceId: PerformanceId;
  readonly userId: UserId;
  /** From a place that the user had; of use only when the line was lost since. */
  readonly receipt?: string;
}

/**
 * Gives the user a place in the line, at once an admission when it is the user's turn, or finds the one the user
 * has, which counts as a heartbeat. However often and from wherever it is called, a user has one ticket.
 *
 * A genuine receipt of an earlier epoch of the line gives back its ticket, once; any other is ignored.
 * Before a draw the place is a lot, whose order the seed decides.
 *
 * One `EVALSHA`; when the line has to be opened first, see `openLine`. Before a draw another and one SELECT, the first
 * time in a process.
 *
 * @returns `created` is false when the user was already in
 * @throws Problem not-found
 * @throws DependencyError Redis is out of reach, or Postgres when it is needed; the user may be in, and finds the same
 *   place on the next call
 */
export async function enterQueue(
  services: LineServices & PlaceSettings,
  { performanceId, userId, receipt }: QueueEntry,
): Promise<{ place: Place; created: boolean }> {
  const { db, redis, receiptKey, pollsPerSecond = defaultPollsPerSecond } = services;
  const owner = { performanceId, userId };
  const claim = receipt === undefined ? undefined : readReceipt(receiptKey, receipt, owner);
  const enterWith = (seed: Buffer | undefined) =>
    onOpenLine(services, performanceId, () => {
      const lot = seed ? lotOf(drawDigest(seed, userId)) : '';
      const old = [claim?.ticket ?? '', claim?.epoch ?? ''];
      return enter(redis, performanceId, [userId, pollsPerSecond, ...old, lot]);
    });
  const entering = enterWith(keptDrawSeed(db, performanceId));
  const sign = beginReceipt(receiptKey, owner);
  let reply = await entering;
  if (reply === lotNeeded) reply = await enterWith(await findDrawSeed(db, performanceId));
  if (reply === lotNeeded) throw new Error(`${performanceId} has a draw and no seed`);
  return { place: presentPlace(services, reply, sign), created: reply.created };
}
