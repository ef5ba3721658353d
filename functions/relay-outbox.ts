import type { Context, ScheduledEvent } from 'aws-lambda';
import { batchWithinMs, relayOutbox } from '../lib/events/relay-outbox.ts';
import { lazy } from '../lib/lazy.ts';
import { runtime } from '../lib/runtime.ts';

/** A schedule starts it every minute: it hands over to the next one without a gap to speak of. */
const drainMs = 59_000;
/** For the last batch to end in, and to give up the lease. */
const marginMs = batchWithinMs + 4_000;

const publisher = lazy(async () => {
  const { createPublisher } = await import('../lib/events/kafka.ts');
  return createPublisher((await runtime()).kafka);
});

export async function handler(_: ScheduledEvent, context: Context): Promise<{ published: number }> {
  const { db, config } = await runtime();
  const untilMs = performance.now() + Math.min(drainMs, context.getRemainingTimeInMillis() - marginMs);
  const services = { db, publisher: await publisher(), topics: config.topics };
  return { published: await relayOutbox(services, untilMs) };
}
