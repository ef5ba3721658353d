import type { PerformanceId, SeatId, UserId } from '../ids.ts';

/**
 * Every Redis key of the project but those that a lock keeps beside its own (`lib/lock/lock-keys.ts`). The keys of one script share one hash tag `{…}`, so that they live in one
 * slot: ElastiCache Serverless is always in cluster mode.
 */

/** The waiting room of one performance. */
export const queueKeys = (performanceId: PerformanceId) => ({
  /** ZSET user → ticket: those still waiting. */
  line: `{${performanceId}}:line`,
  /** ZSET user → ms at which the waiter's place is lost unless heard of. */
  heartbeats: `{${performanceId}}:heartbeats`,
  /** ZSET user → ms at which the admission ends. */
  admitted: `{${performanceId}}:admitted`,
  /** HASH user → ticket of the admitted, who are no longer in the line. */
  admittedTickets: `{${performanceId}}:admitted-tickets`,
  /** SET of users who have used a receipt of a lost line, or may no longer. */
  returned: `{${performanceId}}:returned`,
  /** ZSET user → lot: those who take part in the draw; it changes no more once the sale has opened. */
  lots: `{${performanceId}}:lots`,
  /** HASH of settings and counters. */
  room: `{${performanceId}}:room`,
});

/**
 * The lock on one seat, whose token is the hold id and whose lease is the hold's time.
 * A lock's resource name is its Redis key.
 */
export const seatLock = (performanceId: PerformanceId, seatId: SeatId) => `{${performanceId}}:seat:${seatId}`;

/** Counts those who ask for the best seats of a performance at one moment and were not first. */
export const bestTurns = (performanceId: PerformanceId) => `{${performanceId}}:best-turns`;

/** The lock that serialises one wallet's money. */
export const walletLock = (userId: UserId) => `{wallet:${userId}}`;
