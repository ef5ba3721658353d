import type { PerformanceId, UserId } from '../../../lib/ids.ts';
import { enterQueue } from '../../../lib/queue/enter-queue.ts';
import { readReceipt } from '../../../lib/queue/receipt.ts';
import { openHall } from '../../../lib/testing/people.ts';
import type { Attempted, Reply } from '../cell.ts';
import type { Lab } from '../laboratory.ts';
import { refusedOrThrow } from './refusals.ts';

export const receiptKey = 'a key for the receipts of the laboratory';
const hourMs = 3_600_000;

/** A line before the door opens: nobody is let in, so that every place in it can be looked at. */
export interface Line {
  readonly performanceId: PerformanceId;
  readonly userIds: readonly UserId[];
}

export async function openEarlyLine(lab: Lab, userIds: readonly UserId[]): Promise<Line> {
  const inHours = (hours: number) => new Date(Date.now() + hours * hourMs).toISOString();
  const { performanceId } = await openHall(lab, { opensAt: inHours(1), startsAt: inHours(2) });
  return { performanceId, userIds };
}

/** Enters as one of the users. */
export async function enter(
  lab: Lab,
  { performanceId, userIds }: Line,
  index: number,
  receipt?: string,
): Promise<Reply> {
  const [userId] = userIds.slice(index);
  if (userId === undefined) throw new RangeError(`no user ${index}`);
  const entry = { performanceId, userId, ...(receipt === undefined ? {} : { receipt }) };
  return enterQueue({ ...lab, receiptKey }, entry).then(
    ({ place, created }) => ({
      outcome: created ? 'done' : 'repeated',
      receipt: place.receipt,
      // Nobody has one before a draw; here there is none.
      ...(place.ticket === null ? {} : { ticket: place.ticket }),
    }),
    refusedOrThrow,
  );
}

/** After a loss the line is a new one; its number is the epoch of the receipt. */
export function epochOf({ performanceId, userIds }: Line, { receipt = '' }: Reply): number | undefined {
  const claims = userIds.map((userId) => readReceipt(receiptKey, receipt, { performanceId, userId }));
  return claims.find((claim) => claim !== undefined)?.epoch;
}

/**
 * Whether everybody who comes back after the race has the place that they were given first.
 *
 * @param userOf whose attempt it was
 * @param withReceipts whether they bring their receipts
 */
export async function placeFault(
  lab: Lab,
  line: Line,
  userOf: (index: number) => number,
  replies: readonly Attempted[],
  withReceipts: boolean,
): Promise<string | undefined> {
  for (const user of line.userIds.keys()) {
    const given = replies.filter((reply, index) => userOf(index) === user && reply.ticket !== undefined);
    // Tickets of a later line are higher.
    const [first] = given.toSorted((a, b) => Number(a.ticket) - Number(b.ticket));
    if (first === undefined) continue;
    const { ticket } = await enter(lab, line, user, withReceipts ? first.receipt : undefined);
    if (ticket !== first.ticket) return `a place was lost: ticket ${first.ticket} became ${ticket}`;
  }
  return undefined;
}
