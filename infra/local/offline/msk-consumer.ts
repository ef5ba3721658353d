import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import { describeError } from '../launch-error.ts';
import { DeadLetters } from './dead-letters.ts';
import { type DeliveryRules, deliver } from './deliver.ts';
import type { Invoke } from './lambda-endpoint.ts';
import type { Log, MskEventDefinition } from './types.ts';

const firstBackoffMs = 500;
const highestBackoffMs = 5_000;
const concurrentPartitions = 12;
/** A consumer that a broker's absence has cut off is in the way of the next for so long. */
const defaultSessionMs = 10_000;
/** Lambda's default for a topic. */
const defaultBatchSize = 100;
const defaultWindowMs = 500;
/** An event of 6 MB is the most that Lambda takes; base64 adds a third. */
const maximumBatchBytes = 4 * 1024 * 1024;

export interface Mapping {
  readonly functionName: string;
  readonly definition: MskEventDefinition;
  readonly rules: DeliveryRules;
  /** After which the broker gives the partitions of a consumer that is silent to another; 10 s unless told. */
  readonly sessionTimeoutMs?: number;
  readonly invoke: Invoke;
  readonly bootstrapServers: string;
  readonly log: Log;
}

const sizeOf = ({ key, value }: KafkaMessage) => (key?.length ?? 0) + (value?.length ?? 0);

/** Cuts what was fetched into batches that a function may be given. */
export function cutBatches(messages: readonly KafkaMessage[], batchSize: number): KafkaMessage[][] {
  const batches: KafkaMessage[][] = [];
  let bytes = 0;
  for (const message of messages) {
    const batch = batches.at(-1);
    bytes += sizeOf(message);
    if (batch !== undefined && batch.length < batchSize && bytes <= maximumBatchBytes) batch.push(message);
    else {
      batches.push([message]);
      bytes = sizeOf(message);
    }
  }
  return batches;
}

/**
 * One event source mapping: a consumer group that feeds a function. Partitions go in parallel, each in its order;
 * an offset is committed when its record has been dealt with, not before. A Kafka that is away, at the start or
 * later, is tried again until `close`.
 */
export class MskConsumer {
  readonly #kafka: Kafka;
  readonly #mapping: Mapping;
  readonly #deadLetters: DeadLetters;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(kafka: Kafka, mapping: Mapping) {
    this.#kafka = kafka;
    this.#mapping = mapping;
    this.#deadLetters = new DeadLetters(kafka);
  }

  start(): void {
    this.#running = this.#keepConsuming();
  }

  get #sessionMs(): number {
    return this.#mapping.sessionTimeoutMs ?? defaultSessionMs;
  }

  get #heartbeatMs(): number {
    return this.#sessionMs / 10;
  }

  /** Lets the batch in hand end, leaves the group, and resolves when nothing runs any more. */
  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await this.#deadLetters.close();
  }

  async #keepConsuming(): Promise<void> {
    const { functionName, log } = this.#mapping;
    const { signal } = this.#stopping;
    let backoffMs = firstBackoffMs;
    while (!signal.aborted) {
      const since = performance.now();
      try {
        await this.#consume();
      } catch (error) {
        log(`${functionName}: consuming stopped, trying again: ${describeError(error)}`);
      }
      backoffMs = performance.now() - since > highestBackoffMs * 2 ? firstBackoffMs : backoffMs;
      // Only the abort ends this wait early, and the loop's condition answers it.
      if (!signal.aborted) await sleep(backoffMs, undefined, { signal }).catch(() => undefined);
      backoffMs = Math.min(backoffMs * 2, highestBackoffMs);
    }
  }

  /** Runs one consumer until it crashes, which it throws, or until `close`. */
  async #consume(): Promise<void> {
    const { definition, functionName } = this.#mapping;
    const windowMs =
      definition.maximumBatchingWindow === undefined ? 0 : definition.maximumBatchingWindow * 1_000;
    const consumer = this.#kafka.consumer({
      groupId: definition.consumerGroupId ?? functionName,
      sessionTimeout: this.#sessionMs,
      heartbeatInterval: this.#heartbeatMs,
      maxWaitTimeInMs: windowMs > 0 ? windowMs : defaultWindowMs,
      // With a window the broker collects until it is full; without one it answers at once.
      minBytes: windowMs > 0 ? maximumBatchBytes : 1,
      allowAutoTopicCreation: false,
      // Restarts are ours, so that there is one loop and one backoff.
      retry: { retries: 2, restartOnFailure: async () => false },
    });
    const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    const onStop = () => resolve();
    this.#stopping.signal.addEventListener('abort', onStop);
    try {
      await this.#run(consumer);
      if (this.#stopping.signal.aborted) resolve();
      await ended;
    } finally {
      this.#stopping.signal.removeEventListener('abort', onStop);
      await consumer.disconnect();
    }
  }

  async #run(consumer: Consumer): Promise<void> {
    const { topic, startingPosition = 'TRIM_HORIZON' } = this.#mapping.definition;
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: startingPosition !== 'LATEST' });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: concurrentPartitions,
      eachBatch: (payload) => this.#eachBatch(consumer, payload),
    });
  }

  async #eachBatch(consumer: Consumer, { batch, ...payload }: EachBatchPayload): Promise<void> {
    const { definition, rules, invoke, bootstrapServers, log } = this.#mapping;
    const { topic, partition } = batch;
    const arn =
      typeof definition.arn === 'string' ? definition.arn : `arn:aws:kafka:local:0:cluster/${topic}`;
    const source = { topic, partition, arn, bootstrapServers };
    const keepAlive = async () => {
      if (!payload.isRunning() || payload.isStale()) throw new Error('the consumer is being stopped');
      await payload.heartbeat();
    };
    const commit = async ({ offset }: KafkaMessage) => {
      payload.resolveOffset(offset);
      await consumer.commitOffsets([{ topic, partition, offset: String(BigInt(offset) + 1n) }]);
    };
    const deadLetter = async (message: KafkaMessage, reason: string) => {
      await this.#deadLetters.put(source, message, reason);
      log(`${topic}-${partition} offset ${message.offset} went to the dead letters: ${reason}`);
    };
    // A function may take longer than a session. What a heartbeat fails of, the commit fails of as well.
    const beating = setInterval(() => void payload.heartbeat().catch(() => undefined), this.#heartbeatMs);
    try {
      for (const messages of cutBatches(batch.messages, definition.batchSize ?? defaultBatchSize)) {
        if (!payload.isRunning() || payload.isStale()) return;
        await deliver({ source, rules, invoke, commit, deadLetter, keepAlive }, messages);
      }
    } finally {
      clearInterval(beating);
    }
  }
}
