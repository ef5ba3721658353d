import type { PerformanceId, SeatId, UserId } from '../ids.ts';

/**
 * Every Redis key of the project. The keys of one script share one hash tag `{…}`, so that they live in one
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
  /** HASH of settings and counters. */
  room: `{${performanceId}}:room`,
});

/** STRING hold id, with the hold's time as TTL: the simple lock on one seat. */
export const seatKey = (performanceId: PerformanceId, seatId: SeatId) => `{${performanceId}}:seat:${seatId}`;

/** STRING: the highest fence given to a hold of the performance. */
export const seatFenceKey = (performanceId: PerformanceId) => `{${performanceId}}:seat-fence`;

/** The resource name of the lock that serialises one wallet's money. */
export const walletLockName = (userId: UserId) => `wallet:${userId}`;
