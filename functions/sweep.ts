import type { Context, ScheduledEvent } from 'aws-lambda';
import { runtime } from '../lib/runtime.ts';
import { sweep } from '../lib/sweep.ts';

/** For the last step to end in. */
const marginMs = 5_000;

export async function handler(_: ScheduledEvent, context: Context): Promise<void> {
  const { db, cache } = await runtime();
  await sweep({ db, cache }, performance.now() + context.getRemainingTimeInMillis() - marginMs);
}
