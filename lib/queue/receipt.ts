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
const receiptPattern = /^([1-9]\d{0,9})\.(0|[1-9]\d{0,15})\.([\w-]{43})$/;

/**
 * The signed receipt of a place, the same bytes for the same place.
 *
 * @param key at least 32 characters, known to the servers alone
 */
export function signReceipt(key: string, claim: ReceiptClaim): string {
  return `${claim.epoch}.${claim.ticket}.${digest(key, claim)}`;
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
  const [, epoch, ticket, signature = ''] = parts;
  const claim = { ...holder, epoch: Number(epoch), ticket: Number(ticket) };
  if (!Number.isSafeInteger(claim.ticket)) return undefined;
  const genuine = timingSafeEqual(Buffer.from(digest(key, claim)), Buffer.from(signature));
  return genuine ? claim : undefined;
}

/** No id contains a line break, so no two claims have the same text. */
function digest(key: string, { performanceId, userId, ticket, epoch }: ReceiptClaim): string {
  const text = `queue receipt\n${performanceId}\n${userId}\n${ticket}\n${epoch}`;
  return createHmac('sha256', key).update(text).digest('base64url');
}
