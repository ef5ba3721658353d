import { setTimeout as sleep } from 'node:timers/promises';
import type { Db } from '../db/client.ts';
import { DependencyError } from '../errors.ts';
import type { Lock } from '../lock/lock.ts';
import { logger } from '../log.ts';
import { freeLocks } from '../seats/free-locks.ts';
import { applyEvent } from './apply-event.ts';
import { parseCloudEvent, type SeatCloudEvent, type SeatEventType } from './seat-event.ts';

/** A record as it came from the topic. */
export interface IncomingRecord {
  /** The seat. */
  readonly key: string;
  readonly value: string;
  /** Names the record to whoever has to send it again. */
  readonly offset: string;
}

export interface ConsumeServices {
  readonly db: Db;
  /** Opened only when there are locks to free: the projection needs no Redis. */
  readonly cache: () => Promise<{ readonly seatLock: Lock }>;
}

const outagePauseMs = 500;
/** What leaves locks in Redis that outlive the claim on the seat. */
const endsLocks: ReadonlySet<SeatEventType> = new Set(['seat.released', 'reservation.cancelled']);

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
  const released: SeatCloudEvent[] = [];
  for (const { key, value, offset } of records) {
    if (failedSeats.has(key) || performance.now() >= untilMs) {
      failedOffsets.push(offset);
      continue;
    }
    try {
      const event = parseCloudEvent(value);
      await outliveOutages(() => applyEvent(services.db, event), untilMs);
      if (endsLocks.has(event.type)) released.push(event);
    } catch (cause) {
      logger.error('An event could not be applied', { seatId: key, offset, cause });
      failedSeats.add(key);
      failedOffsets.push(offset);
    }
  }
  if (released.length > 0) await freeReleased(services, released, untilMs);
  return failedOffsets;
}

/** Does the work, again and again while a service is away, as long as there is time. */
export async function outliveOutages(work: () => Promise<void>, untilMs: number): Promise<void> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DependencyError) || performance.now() + outagePauseMs >= untilMs) throw error;
      await sleep(outagePauseMs);
    }
  }
}

/**
 * Frees the locks of seats that were released or whose reservation was cancelled, which whoever did so did at once,
 * unless Redis was away then. It stops at the first that cannot be freed: what is left, the next who wants the seat frees.
 */
async function freeReleased(
  { cache }: ConsumeServices,
  events: readonly SeatCloudEvent[],
  untilMs: number,
): Promise<void> {
  const opened = await cache().catch((cause: unknown) => {
    logger.warn('Seat locks left to their end', { cause });
  });
  if (opened === undefined) return;
  for (const { data } of events) {
    if (data.holdId === undefined || performance.now() >= untilMs) continue;
    if (!(await freeLocks(opened.seatLock, data.performanceId, [data.seatId], data.holdId))) return;
  }
}
