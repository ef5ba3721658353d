import { createDatabase } from '../../../lib/db/client.ts';
import type { UserId } from '../../../lib/ids.ts';
import type { LineServices } from '../../../lib/queue/open-line.ts';
import type { PlaceSettings } from '../../../lib/queue/place.ts';
import type { RedisClient } from '../../../lib/redis/client.ts';

/** What the operations of the waiting room run on here, and an endless crowd. */
export interface QueueStage extends LineServices, PlaceSettings {
  /** Somebody who was in no line yet. */
  readonly newcomer: () => UserId;
  close(): Promise<void>;
}

/** Nobody listens there: a line that is open needs no Postgres, and one that is lost is to fail. */
const nowhere = 'postgres://127.0.0.1:1/nowhere';
/** Above every number of a line that is filled. */
const firstNewcomer = 100_000_000;

export function openStage(redis: RedisClient): QueueStage {
  const db = createDatabase({ url: nowhere, poolMax: 1 });
  let last = firstNewcomer;
  return {
    redis,
    db,
    receiptKey: 'a key for the receipts of the bench',
    newcomer: () => {
      last += 1;
      return userOf(last);
    },
    close: () => db.destroy(),
  };
}

/** Ids as long as a UUID, whose order as texts has nothing to do with that of the numbers. */
export function userOf(number: number): UserId {
  const scattered = (Math.imul(number, 2_654_435_761) >>> 0).toString(16).padStart(8, '0');
  // Ids are branded strings: a bench makes its own.
  return `${scattered}-0000-4000-8000-${String(number).padStart(12, '0')}` as UserId;
}
