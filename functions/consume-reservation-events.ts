import type { Context, MSKEvent } from 'aws-lambda';
import { answerBatch, type PartialBatchAnswer } from '../lib/events/answer-batch.ts';
import { consumeBatch } from '../lib/events/consume-batch.ts';
import { runtime } from '../lib/runtime.ts';

/** For the record that is being applied, and the answer. */
const marginMs = 10_000;

export async function handler(event: MSKEvent, context: Context): Promise<PartialBatchAnswer> {
  const services = await runtime();
  const untilMs = performance.now() + context.getRemainingTimeInMillis() - marginMs;
  return answerBatch(event, (records) => consumeBatch(services, records, untilMs));
}
