import { setTimeout as sleep } from 'node:timers/promises';
import type { Db } from '../db/client.ts';
import { DependencyError } from '../errors.ts';
import type { Lock } from '../lock/lock.ts';
import { logger } from '../log.ts';
import { freeLocks } from '../seats/free-locks.ts';
import { applyEvent } from './apply-event.ts';
import { parseCloudEvent, type SeatCloudEvent } from './seat-event.ts';

/** A record as it came from the topic. */
export interface IncomingRecord {
  /** The seat. */
  readonly key: string;
  readonly value: string;
  /** A string: an offset may be beyond 2^53. */
  readonly offset: string;
}

export interface ConsumeServices {
  readonly db: Db;
  readonly seatLock: Lock;
}

const outagePauseMs = 500;

/**
 * Applies the records of one partition in their order. A record that fails holds up the later ones of its own
 * seat alone: these count as failed too and come again with it, while other seats go on. An outage of Postgres
 * is not the record's fault, and is waited out as long as there is time.
 *
 * @param untilMs the deadline, by `performance.now()`
 * @returns the offsets of the records that have to come again
 */
export async function consumeBatch(
  services: ConsumeServices,
  records: readonly IncomingRecord[],
  untilMs: number,
): Promise<string[]> {
  const failedOffsets: string[] = [];
  const failedSeats = new Set<string>();
  for (const { key, value, offset } of records) {
    if (failedSeats.has(key)) {
      failedOffsets.push(offset);
      continue;
    }
    try {
      await outliveOutages(() => consumeEvent(services, parseCloudEvent(value)), untilMs);
    } catch (cause) {
      logger.error('An event could not be applied', { seatId: key, offset, cause });
      failedSeats.add(key);
      failedOffsets.push(offset);
    }
  }
  return failedOffsets;
}

async function outliveOutages(work: () => Promise<void>, untilMs: number): Promise<void> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DependencyError) || performance.now() + outagePauseMs >= untilMs) throw error;
      await sleep(outagePauseMs);
    }
  }
}

async function consumeEvent({ db, seatLock }: ConsumeServices, event: SeatCloudEvent): Promise<void> {
  await applyEvent(db, event);
  const { seatId, performanceId, holdId } = event.data;
  // Done at once by whoever released the seat; here for when Redis was away then.
  if (event.type === 'seat.released' && holdId !== undefined) {
    await freeLocks(seatLock, performanceId, [seatId], holdId);
  }
}
