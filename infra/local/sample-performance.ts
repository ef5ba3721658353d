import { mintTokens } from './mint-token.ts';

const requestMs = 10_000;
const dayMs = 24 * 60 * 60 * 1_000;

/** A hall of 300 seats, on sale at once. */
const sample = {
  name: 'Autumn Concert',
  seats: { rows: 15, seatsPerRow: 20, price: 120_000 },
  waitingRoom: { capacity: 100, admitPerSecond: 50, admissionSeconds: 300, heartbeatSeconds: 30 },
  holdSeconds: 120,
  maxSeatsPerUser: 4,
};

async function ask(url: string, init: RequestInit = {}): Promise<unknown> {
  const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(requestMs) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${init.method ?? 'GET'} ${url}: ${answer.status} ${text.slice(0, 500)}`);
  return JSON.parse(text);
}

const hasItems = (list: unknown): boolean =>
  typeof list === 'object' &&
  list !== null &&
  'items' in list &&
  Array.isArray(list.items) &&
  list.items.length > 0;

/**
 * Puts one performance on sale, over HTTP like anybody else, unless the data have one already.
 *
 * @returns whether it was created now
 * @throws when the app answers with an error
 */
export async function loadSamplePerformance(http: string): Promise<boolean> {
  if (hasItems(await ask(`${http}/performances`))) return false;
  const [token] = await mintTokens(['launcher'], { admin: true });
  await ask(`${http}/performances`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...sample, startsAt: new Date(Date.now() + 365 * dayMs).toISOString() }),
  });
  return true;
}
