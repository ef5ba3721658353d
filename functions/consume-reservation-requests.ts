import type { Context, MSKEvent } from 'aws-lambda';
import { answerBatch, type PartialBatchAnswer } from '../lib/events/answer-batch.ts';
import { consumeRequests } from '../lib/requests/consume-requests.ts';
import { runtime } from '../lib/runtime.ts';

/** For the requests that are being decided, and the answer. */
const marginMs = 10_000;

export async function handler(event: MSKEvent, context: Context): Promise<PartialBatchAnswer> {
  const { db } = await runtime();
  const untilMs = performance.now() + context.getRemainingTimeInMillis() - marginMs;
  return answerBatch(event, (records) => consumeRequests(db, records, untilMs));
}
