import { createHmac, timingSafeEqual } from 'node:crypto';
import type { PerformanceId, UserId } from '../ids.ts';

/** What a receipt proves: that this user had this ticket, or was to be drawn, in this epoch of the performance's line. */
export interface ReceiptClaim {
  readonly performanceId: PerformanceId;
  readonly userId: UserId;
  /** 0 before the draw. */
  readonly ticket: number;
  readonly epoch: number;
}

/** epoch.ticket.HMAC in base64url */
const receiptPattern = /^([1-9]\d{0,9})\.(0|[1-9]\d{0,15})\.[\w-]{43}$/;

/** Says a place's part of a receipt and gives the whole. */
export type SignReceipt = (place: Pick<ReceiptClaim, 'ticket' | 'epoch'>) => string;

/**
 * Begins the receipt of a holder while it is not known yet what it will say: to make the key ready is most of its cost,
 * and is done while Redis looks for the place.
 *
 * @param key at least 32 characters, known to the servers alone
 * @returns what signs one receipt; the same bytes for the same place
 */
export function beginReceipt(
  key: string,
  { performanceId, userId }: Pick<ReceiptClaim, 'performanceId' | 'userId'>,
): SignReceipt {
  // No id contains a line break, so no two claims have the same text.
  const signature = createHmac('sha256', key).update(`queue receipt\n${performanceId}\n${userId}\n`);
  return ({ ticket, epoch }) =>
    `${epoch}.${ticket}.${signature.update(`${ticket}\n${epoch}`).digest('base64url')}`;
}

/**
 * Reads a receipt that somebody hands in for their own place. Everything but a genuine receipt of this user and
 * this performance gives undefined: a wrong receipt is ignored, never an error.
 */
export function readReceipt(
  key: string,
  receipt: string,
  holder: Pick<ReceiptClaim, 'performanceId' | 'userId'>,
): ReceiptClaim | undefined {
  const parts = receiptPattern.exec(receipt);
  if (!parts) return undefined;
  const [, epoch, ticket] = parts;
  const claim = { ...holder, epoch: Number(epoch), ticket: Number(ticket) };
  if (!Number.isSafeInteger(claim.ticket)) return undefined;
  const genuine = beginReceipt(key, holder)(claim);
  return timingSafeEqual(Buffer.from(genuine), Buffer.from(receipt)) ? claim : undefined;
}
