import type { MSKEvent, MSKRecord } from 'aws-lambda';
import type { IncomingRecord } from './consume-batch.ts';

/** What AWS takes from a Kafka consumer as the records that have to come again. */
export interface PartialBatchAnswer {
  readonly batchItemFailures: readonly {
    readonly itemIdentifier: { readonly partition: string; readonly offset: number };
  }[];
}

/**
 * Hands the records of an event source mapping over, each partition's in their order, the partitions side by side.
 *
 * @param consume returns the offsets of the records that have to come again
 */
export async function answerBatch(
  { records: partitions }: MSKEvent,
  consume: (records: readonly IncomingRecord[]) => Promise<string[]>,
): Promise<PartialBatchAnswer> {
  const failures = await Promise.all(
    Object.entries(partitions).map(async ([partition, records]) => {
      const failedOffsets = await consume(records.map(decode));
      return failedOffsets.map((offset) => ({ itemIdentifier: { partition, offset: Number(offset) } }));
    }),
  );
  return { batchItemFailures: failures.flat() };
}

const decode = ({ key, value, offset }: MSKRecord): IncomingRecord => ({
  key: fromBase64(key),
  value: fromBase64(value),
  offset: String(offset),
});

/** A record may lack its key or value, whatever the type says; the empty text is then what cannot be read. */
const fromBase64 = (text: string | null | undefined) => Buffer.from(text ?? '', 'base64').toString('utf8');
