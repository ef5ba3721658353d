import { readFileSync } from 'node:fs';
import type { PerformanceId } from '../ids.ts';
import { type LineServices, onOpenLine } from './open-line.ts';
import { parseState, type QueueView } from './read-queue.ts';
import { defineRoomCommand, expectNumbers } from './room-command.ts';

const source = readFileSync(new URL('./inspect-line.lua', import.meta.url), 'utf8');

/** What an operator sees of a line. */
export interface LineView extends QueueView {
  readonly admitPerSecond: number;
  /** Who has waited longest; undefined when nobody waits. */
  readonly first: FirstInLine | undefined;
}

export interface FirstInLine {
  /** 0 before the draw. */
  readonly ticket: number;
  /** Until the place is lost, unless the waiter is heard of. */
  readonly leftMs: number;
}

const inspect = defineRoomCommand({ after: source }, (word, numbers): LineView => {
  const [
    nowServing = 0,
    waiting = 0,
    admitted = 0,
    capacity = 0,
    admitPerSecond = 0,
    ticket = 0,
    leftMs = 0,
  ] = expectNumbers(numbers, 7);
  const first = waiting > 0 ? { ticket, leftMs } : undefined;
  return { state: parseState(word), nowServing, waiting, admitted, capacity, admitPerSecond, first };
});

/**
 * The line as an operator sees it at this moment. One `EVALSHA`; when the line has to be opened first, see `openLine`.
 *
 * @throws Problem not-found
 * @throws DependencyError Redis is out of reach
 */
export async function inspectLine(services: LineServices, performanceId: PerformanceId): Promise<LineView> {
  return onOpenLine(services, performanceId, () => inspect(services.redis, performanceId, []));
}
