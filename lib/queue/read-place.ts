import { Problem } from '../errors.ts';
import type { PerformanceId, UserId } from '../ids.ts';
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
import { beginReceipt } from './receipt.ts';
import { defineRoomCommand } from './room-command.ts';

const poll = { before: findWaiter + hearWaiter, after: answerPlace };

const read = defineRoomCommand(poll, (word, numbers) =>
  word === 'absent' ? undefined : decodePlace(word, numbers),
);

/**
 * Says where the user stands; for a waiter this is the heartbeat. An admission is not prolonged by it.
 * One `EVALSHA`; when the line has to be opened first, see `openLine`.
 *
 * @throws Problem not-in-queue (never entered, left, or not heard of in time; after a loss of the line, until the
 *   user enters again), not-found
 * @throws DependencyError Redis is out of reach
 */
export async function readPlace(
  services: LineServices & PlaceSettings,
  owner: { readonly performanceId: PerformanceId; readonly userId: UserId },
): Promise<Place> {
  const { performanceId, userId } = owner;
  const reading = onOpenLine(services, performanceId, () =>
    read(services.redis, performanceId, [userId, services.pollsPerSecond ?? defaultPollsPerSecond]),
  );
  const sign = beginReceipt(services.receiptKey, owner);
  const reply = await reading;
  if (!reply) throw new Problem('not-in-queue', 'You are not in the queue of this performance');
  return presentPlace(services, reply, sign);
}
