import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { type RoomSample, sampleRoom } from '../audit/room-sample.ts';

export type RoomWatch = {
  /** Ends the sampling, with a last sample. Rejects with the first error that a sample met. */
  stop(): Promise<RoomSample[]>;
};

/**
 * Samples the waiting room over and over until told to stop.
 *
 * @param everyMs the pause between two samples.
 */
export function watchRoom(redis: Redis, performanceId: string, capacity: number, everyMs: number): RoomWatch {
  const stopped = new AbortController();
  const samples: RoomSample[] = [];
  const sampling = (async () => {
    while (!stopped.signal.aborted) {
      samples.push(await sampleRoom(redis, performanceId, capacity));
      await sleep(everyMs, undefined, { signal: stopped.signal }).catch(() => {
        // Told to stop in the middle of the pause.
      });
    }
  })();
  // Awaited in `stop`, which may be long after an error: until then it must not count as unhandled.
  sampling.catch(() => undefined);
  return {
    async stop() {
      stopped.abort();
      await sampling;
      samples.push(await sampleRoom(redis, performanceId, capacity));
      return samples;
    },
  };
}
