import { readFileSync } from 'node:fs';
import type { PerformanceId, UserId } from '../ids.ts';
import { finishStay } from './finish-stay.ts';
import { type LineServices, onOpenLine } from './open-line.ts';
import { defineRoomCommand } from './room-command.ts';

const source = readFileSync(new URL('./leave-queue.lua', import.meta.url), 'utf8');

const leave = defineRoomCommand({ before: source + finishStay }, () => undefined);

/**
 * Ends the user's place or admission; the next in line is admitted at once.
 * Does nothing for who is not in. One `EVALSHA`; when the line has to be opened first, see `openLine`.
 *
 * @throws Problem not-found
 * @throws DependencyError Redis is out of reach; leaving again is harmless
 */
export async function leaveQueue(
  services: LineServices,
  { performanceId, userId }: { readonly performanceId: PerformanceId; readonly userId: UserId },
): Promise<void> {
  await onOpenLine(services, performanceId, () => leave(services.redis, performanceId, [userId]));
}
