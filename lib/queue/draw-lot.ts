import { createHmac } from 'node:crypto';
import type { UserId } from '../ids.ts';

/** What orders a draw: HMAC-SHA-256 of the user id in UTF-8 under the seed's bytes; the lowest is first. */
export function drawDigest(seed: Buffer, userId: UserId): Buffer {
  return createHmac('sha256', seed).update(userId, 'utf8').digest();
}

/**
 * The digest as a score of a sorted set: below every ticket, and in the digests' order. Doubles above 0 are ordered
 * as their bits are, so 61 bits of the digest become the bits of a double between 2⁻¹⁰²² and 2⁻⁵¹⁰. Two of a million
 * people agree in all 61 with a chance of 1 in 4 million; Redis then puts them in the order of their ids.
 */
export function lotOf(digest: Buffer): string {
  const smallestNormal = 1n << 52n;
  const bits = Buffer.alloc(8);
  bits.writeBigUInt64BE((digest.readBigUInt64BE() >> 3n) + smallestNormal);
  return String(bits.readDoubleBE());
}
