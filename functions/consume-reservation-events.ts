import type { Context, MSKEvent, MSKRecord } from 'aws-lambda';
import { consumeBatch } from '../lib/events/consume-batch.ts';
import { runtime } from '../lib/runtime.ts';

/** What AWS takes from a Kafka consumer as the records that have to come again. */
interface PartialBatchAnswer {
  readonly batchItemFailures: readonly {
    readonly itemIdentifier: { readonly partition: string; readonly offset: number };
  }[];
}

/** For the record that is being applied, and the answer. */
const marginMs = 10_000;

/** One partition's records in their order, the partitions side by side. */
export async function handler(event: MSKEvent, context: Context): Promise<PartialBatchAnswer> {
  const { db, cache } = await runtime();
  const services = { db, seatLock: (await cache()).seatLock };
  const untilMs = performance.now() + context.getRemainingTimeInMillis() - marginMs;
  const failures = await Promise.all(
    Object.entries(event.records).map(async ([partition, records]) => {
      const failedOffsets = await consumeBatch(services, records.map(decode), untilMs);
      return failedOffsets.map((offset) => ({ itemIdentifier: { partition, offset: Number(offset) } }));
    }),
  );
  return { batchItemFailures: failures.flat() };
}

const decode = ({ key, value, offset }: MSKRecord) => ({
  key: fromBase64(key),
  value: fromBase64(value),
  offset: String(offset),
});

/** A record may lack its key or value, whatever the type says; the empty text is then what cannot be read. */
const fromBase64 = (text: string | null | undefined) => Buffer.from(text ?? '', 'base64').toString('utf8');
