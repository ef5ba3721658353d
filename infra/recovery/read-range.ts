import type { Consumer, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';

/** Offsets of one partition: from the first up to, and without, the end. */
export interface OffsetRange {
  readonly partition: number;
  readonly from: bigint;
  readonly end: bigint;
}

export interface RangeReading {
  readonly groupId: string;
  readonly topic: string;
  readonly ranges: readonly OffsetRange[];
  /** Handles records of one partition in their order; partitions go side by side. Awaited before those behind them. */
  readonly handle: (partition: number, messages: readonly KafkaMessage[]) => Promise<void>;
  /** Whether the group keeps how far it has come, after each chunk that was handled. */
  readonly commits: boolean;
}

/** Somebody else has partitions of the topic in this group, or no record comes any more. */
export class RangeReadingError extends Error {
  override readonly name = 'RangeReadingError';
}

const maxChunk = 100;
const stalledAfterMs = 30_000;
const concurrentPartitions = 4;
/** A broker that has just started says for some seconds that its coordinator is loading: about 10 s together. */
const joinRetry = { retries: 8, initialRetryTime: 300, maxRetryTime: 2_000 };

/**
 * Reads ranges of a topic, each to its end, from where the group stands, or from the beginning.
 *
 * @returns the number of records handled
 * @throws RangeReadingError
 * @throws what `handle` throws; what was committed before it stays so
 */
export async function readRange(kafka: Kafka, reading: RangeReading): Promise<number> {
  const { groupId, topic, ranges } = reading;
  const left = new Map(ranges.filter(({ from, end }) => from < end).map((each) => [each.partition, each]));
  if (left.size === 0) return 0;
  const consumer = kafka.consumer({
    groupId,
    sessionTimeout: 30_000,
    maxWaitTimeInMs: 200,
    allowAutoTopicCreation: false,
    retry: { ...joinRetry, restartOnFailure: async () => false },
  });
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  // Awaited only once the consumer runs: a failure before that is thrown by what failed.
  ended.catch(() => undefined);
  const watch = watchForStall(() =>
    reject(new RangeReadingError(`${topic}: no record within ${stalledAfterMs} ms`)),
  );
  consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    const own = payload.memberAssignment[topic] ?? [];
    if ([...left.keys()].some((partition) => !own.includes(partition)))
      reject(new RangeReadingError(`${topic}: somebody else is at it, as ${groupId}`));
  });
  let handled = 0;
  const eachBatch = async (payload: EachBatchPayload) => {
    const range = left.get(payload.batch.partition);
    if (range === undefined || payload.isStale()) return;
    const count = await handleBatch(consumer, reading, range, payload, watch.progress);
    handled += count;
    const last = payload.batch.messages.at(-1);
    if (last !== undefined && BigInt(last.offset) >= range.end - 1n) left.delete(range.partition);
    if (left.size === 0) resolve();
  };
  const failed = (error: unknown) => {
    reject(error);
    throw error;
  };
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      partitionsConsumedConcurrently: concurrentPartitions,
      eachBatch: (payload) => eachBatch(payload).catch(failed),
    });
    await ended;
    return handled;
  } finally {
    watch.end();
    await consumer.disconnect();
  }
}

/** @returns how many records of the batch lie in the range */
async function handleBatch(
  consumer: Consumer,
  { topic, handle, commits }: RangeReading,
  { partition, from, end }: OffsetRange,
  payload: EachBatchPayload,
  progress: () => void,
): Promise<number> {
  const wanted = payload.batch.messages.filter(
    ({ offset }) => BigInt(offset) >= from && BigInt(offset) < end,
  );
  for (let at = 0; at < wanted.length; at += maxChunk) {
    const chunk = wanted.slice(at, at + maxChunk);
    await handle(partition, chunk);
    const last = chunk.at(-1);
    if (commits && last !== undefined)
      await consumer.commitOffsets([{ topic, partition, offset: String(BigInt(last.offset) + 1n) }]);
    progress();
    await payload.heartbeat();
  }
  return wanted.length;
}

function watchForStall(onStall: () => void): { readonly progress: () => void; readonly end: () => void } {
  let timer = setTimeout(onStall, stalledAfterMs);
  return {
    progress: () => {
      clearTimeout(timer);
      timer = setTimeout(onStall, stalledAfterMs);
    },
    end: () => clearTimeout(timer),
  };
}
