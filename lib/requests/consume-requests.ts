import type { Db } from '../db/client.ts';
import { type IncomingRecord, outliveOutages } from '../events/consume-batch.ts';
import { logger } from '../log.ts';
import { decideRequest } from './decide-request.ts';
import { parseRequestRecord } from './reservation-request.ts';

/** As many seats of a partition are decided side by side as a container has connections. */
export const seatsAtOnce = 2;

/**
 * Decides the requests of one partition: those of a seat strictly one after the other, in the order of their
 * records, and a bounded number of seats side by side. A record that fails holds up the later ones of its own seat
 * alone: these count as failed too and come again with it. An outage of Postgres is waited out as long as there is
 * time. Redis has no part in it.
 *
 * @param untilMs the deadline, by `performance.now()`
 * @returns the offsets of the records that have to come again
 */
export async function consumeRequests(
  db: Db,
  records: readonly IncomingRecord[],
  untilMs: number,
): Promise<string[]> {
  // One iterator for all: each takes the next seat that nobody has begun.
  const seats = Map.groupBy(records, ({ key }) => key).values();
  const failedOffsets: string[] = [];
  const decideSeats = async () => {
    for (const ofSeat of seats) failedOffsets.push(...(await decideInOrder(db, ofSeat, untilMs)));
  };
  await Promise.all(Array.from({ length: seatsAtOnce }, decideSeats));
  return failedOffsets;
}

/** @returns the offset of the first record that failed, and of all behind it */
async function decideInOrder(db: Db, records: readonly IncomingRecord[], untilMs: number): Promise<string[]> {
  let done = 0;
  for (const { key, value, offset } of records) {
    if (performance.now() >= untilMs) break;
    try {
      const request = parseRequestRecord(key, value);
      await outliveOutages(() => decideRequest(db, request), untilMs);
    } catch (cause) {
      logger.error('A request could not be decided', { seatId: key, offset, cause });
      break;
    }
    done += 1;
  }
  return records.slice(done).map(({ offset }) => offset);
}
