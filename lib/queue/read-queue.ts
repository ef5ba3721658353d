import { readFileSync } from 'node:fs';
import type { PerformanceId } from '../ids.ts';
import { type LineServices, onOpenLine } from './open-line.ts';
import { defineRoomCommand, expectNumbers } from './room-command.ts';

const source = readFileSync(new URL('./read-queue.lua', import.meta.url), 'utf8');

export type QueueState = 'scheduled' | 'open' | 'paused';

/** What everybody may know of a line. */
export interface QueueView {
  readonly state: QueueState;
  /** The highest ticket admitted; never falls while the line lives. */
  readonly nowServing: number;
  readonly waiting: number;
  readonly admitted: number;
  readonly capacity: number;
}

const read = defineRoomCommand({ after: source }, (word, numbers): QueueView => {
  const [nowServing = 0, waiting = 0, admitted = 0, capacity = 0] = expectNumbers(numbers, 4);
  return { state: parseState(word), nowServing, waiting, admitted, capacity };
});

/** @throws TypeError for any other word */
export function parseState(word: string): QueueState {
  if (word === 'scheduled' || word === 'open' || word === 'paused') return word;
  throw new TypeError(`no state of a queue: ${word}`);
}

/**
 * The line as it is at this moment, the same for everybody.
 * One `EVALSHA`; when the line has to be opened first, see `openLine`.
 *
 * @throws Problem not-found
 * @throws DependencyError Redis is out of reach
 */
export async function readQueue(services: LineServices, performanceId: PerformanceId): Promise<QueueView> {
  return onOpenLine(services, performanceId, () => read(services.redis, performanceId, []));
}
