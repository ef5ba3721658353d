import type { PerformanceId, UserId } from '../../../lib/ids.ts';
import { enterQueue } from '../../../lib/queue/enter-queue.ts';
import { leaveQueue } from '../../../lib/queue/leave-queue.ts';
import { readPlace } from '../../../lib/queue/read-place.ts';
import { type QueueStage, userOf } from './stage.ts';

/** A line whose room is full, of one: user 1 is inside, users 2 to `waiting` + 1 wait. */
export interface FullLine {
  readonly performanceId: PerformanceId;
  readonly waiting: number;
}

/** Something to be measured in a full line, which is as long afterwards as before. */
export interface Operation {
  /** The user of one call. */
  choose(line: FullLine, index: number): UserId;
  call(line: FullLine, userId: UserId): Promise<unknown>;
  /** Takes back what the call has done; not measured. */
  undo(line: FullLine, userId: UserId): Promise<unknown>;
}

export const operationNames = ['enter', 'poll'] as const;
export type OperationName = (typeof operationNames)[number];

/** Odd and larger than any line: the polls jump about in it. */
const stride = 15_485_863;

export const operationsOn = (stage: QueueStage): Readonly<Record<OperationName, Operation>> => ({
  enter: {
    choose: () => stage.newcomer(),
    call: ({ performanceId }, userId) => enterQueue(stage, { performanceId, userId }),
    undo: ({ performanceId }, userId) => leaveQueue(stage, { performanceId, userId }),
  },
  poll: {
    choose: ({ waiting }, index) => userOf(((index * stride) % waiting) + 2),
    call: ({ performanceId }, userId) => readPlace(stage, { performanceId, userId }),
    // A heartbeat leaves the line as it is.
    undo: () => Promise.resolve(),
  },
});
