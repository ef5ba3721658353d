import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs, { type Admin } from 'kafkajs';
import type { Invoke } from '../../local/offline/lambda-endpoint.ts';
import { MskConsumer } from '../../local/offline/msk-consumer.ts';

/** The shortest time after which a broker takes a consumer that it does not hear of for dead. */
const sessionTimeoutMs = 6_000;
/** So small that a topic takes several deliveries. */
const batchSize = 2;
const consumedWithinMs = 40_000;
const lookEveryMs = 100;
const maxAsks = 50;

/** A topic of one partition, consumed by the group of the same name. */
export interface TopicToConsume {
  readonly topic: string;
  /** Behind the last record. */
  readonly endOffset: string;
  /** The way to the broker past any proxy. */
  readonly brokers: string;
}

/**
 * The event source mapping of the local run, with the function behind it in the same process: who kills the one
 * kills the other. Ends when the group has committed the end, which it asks the broker past the proxy, so that the
 * question is no step of the process.
 *
 * @throws Error when the end is not reached in time
 */
export async function consumeTopic(
  { topic, endOffset, brokers }: TopicToConsume,
  invoke: Invoke,
): Promise<void> {
  const proxied = process.env['KAFKA_BROKERS'] ?? '';
  await using stack = new AsyncDisposableStack();
  const admin = stack.adopt(kafkaAt(brokers).admin(), (each) => each.disconnect());
  await admin.connect();
  if ((await committedOffset(admin, topic)) === endOffset) return;
  const mapping = new MskConsumer(kafkaAt(proxied), {
    functionName: topic,
    definition: { topic, batchSize },
    rules: { maximumRetryAttempts: 10, bisectBatchOnFunctionError: true, reportBatchItemFailures: true },
    sessionTimeoutMs,
    invoke,
    bootstrapServers: proxied,
    log: () => undefined,
  });
  stack.defer(() => mapping.close());
  mapping.start();
  const untilMs = performance.now() + consumedWithinMs;
  while ((await committedOffset(admin, topic)) !== endOffset) {
    if (performance.now() > untilMs) throw new Error(`${topic} was not consumed to its end`);
    await sleep(lookEveryMs);
  }
}

/** What the group of a topic has committed; `-1` when nothing. A coordinator that is not ready yet is asked again. */
export async function committedOffset(admin: Admin, topic: string): Promise<string | undefined> {
  for (let tried = 1; ; tried++) {
    try {
      const [group] = await admin.fetchOffsets({ groupId: topic, topics: [topic] });
      return group?.partitions[0]?.offset;
    } catch (error) {
      const isTransient = error instanceof kafkajs.KafkaJSError && error.retriable;
      if (!isTransient || tried === maxAsks) throw error;
      await sleep(lookEveryMs);
    }
  }
}

const kafkaAt = (brokers: string) =>
  new kafkajs.Kafka({
    clientId: 'crash-matrix',
    brokers: brokers.split(','),
    logLevel: kafkajs.logLevel.NOTHING,
  });
