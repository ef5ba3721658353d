import { readObject } from '../audit/exchange.ts';
import { hallOf } from './options.ts';
import type { Stage } from './stage.ts';

export const pricePoints = 50_000;
/** Short, so that those who walk away lose their seats while others still want them. */
export const holdSeconds = 4;
const admissionSeconds = 30;
/** Longer than the sale: nobody loses the place for being slow on a busy machine. */
const heartbeatSeconds = 300;
const requestTimeoutMs = 10_000;

/**
 * Puts a performance on sale over HTTP, as an admin would.
 *
 * @returns its id.
 * @throws Error when the answer is not a 201.
 */
export async function openSale(stage: Stage, seats: number, capacity: number): Promise<string> {
  const hall = hallOf(seats);
  if (hall === null) throw new RangeError(`${seats} seats fill no hall`);
  const [token] = await stage.issueTokens(['demo-admin'], { admin: true });
  const response = await fetch(`${stage.http}/performances`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({
      name: 'The demo',
      startsAt: new Date(Date.now() + 30 * 86_400_000).toISOString(),
      seats: { ...hall, price: pricePoints },
      waitingRoom: { capacity, admitPerSecond: capacity, admissionSeconds, heartbeatSeconds, draw: false },
      holdSeconds,
      maxSeatsPerUser: 4,
    }),
    signal: AbortSignal.timeout(requestTimeoutMs),
  });
  const text = await response.text();
  if (response.status !== 201) throw new Error(`The performance was not created: ${response.status} ${text}`);
  return String(readObject(text).performanceId);
}
