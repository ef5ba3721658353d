import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs, { type Consumer, type Kafka, type Producer } from 'kafkajs';
import type { Random } from '../demo/random.ts';
import { createTopics } from '../topics.ts';

export const partitions = 8;
/** Where a race begins to count: its events come over partitions of their own, one after the other. */
export const firstPartition = (random: Random) => Math.floor(random.next() * partitions);

const hourMs = 3_600_000;
/** A consumer is held up by this at most: partitions are never consumed at one pace. */
const hiccupMs = 5;
const deliverWithinMs = 15_000;

/** The ways on which work comes to its consumer. */
export interface Deliveries {
  /** Has the work done by the consumer of a partition, counted on from the last one where they end. */
  deliver<T>(partition: number, work: () => Promise<T>): Promise<T>;
}

interface BatchRecord {
  readonly partition: number;
  /** The id of the delivery. */
  readonly value: string;
}

interface Delivery {
  readonly work: () => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Work that travels through a Kafka topic: sent as a record, done by the consumer of its partition, which does
 * one record after the other. What is sent in one turn of the event loop is sent in one batch, in that order.
 */
export class DeliveryTopic implements Deliveries {
  readonly #topic: string;
  readonly #producer: Producer;
  /** One a partition: a consumer of several fetches none while it works on a record of another. */
  readonly #consumers: readonly Consumer[];
  readonly #kafka: Kafka;
  readonly #random: Random;
  readonly #waiting = new Map<string, Delivery>();
  #batch: BatchRecord[] = [];
  #sending = Promise.resolve();

  private constructor(kafka: Kafka, topic: string, random: Random) {
    this.#kafka = kafka;
    this.#topic = topic;
    this.#random = random;
    this.#producer = kafka.producer({ allowAutoTopicCreation: false, maxInFlightRequests: 1 });
    this.#consumers = Array.from({ length: partitions }, () =>
      kafka.consumer({ groupId: topic, allowAutoTopicCreation: false, maxWaitTimeInMs: 500 }),
    );
  }

  static async open(brokers: readonly string[], random: Random): Promise<DeliveryTopic> {
    const kafka = new kafkajs.Kafka({
      clientId: 'lab',
      brokers: [...brokers],
      logLevel: kafkajs.logLevel.NOTHING,
    });
    const topic = `lab-${randomUUID()}`;
    await createTopics(kafka, { plans: [{ topic, partitions, retentionMs: hourMs }], replicationFactor: 1 });
    const deliveries = new DeliveryTopic(kafka, topic, random);
    await deliveries.#start();
    return deliveries;
  }

  /**
   * Has the work done by the consumer of a partition.
   *
   * @throws what the work throws; Error when it was not delivered in time
   */
  async deliver<T>(partition: number, work: () => Promise<T>): Promise<T> {
    const id = randomUUID();
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.set(id, { work, resolve, reject });
    const timer = setTimeout(() => reject(new Error('a record was not delivered in time')), deliverWithinMs);
    if (this.#batch.push({ partition: partition % partitions, value: id }) === 1)
      setImmediate(() => this.#sendBatch());
    try {
      // The work of this very record.
      return (await promise) as T;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#consumers.map((consumer) => consumer.disconnect()));
    await this.#producer.disconnect();
    const admin = this.#kafka.admin();
    await admin.connect();
    try {
      await admin.deleteTopics({ topics: [this.#topic] });
    } finally {
      await admin.disconnect();
    }
  }

  async #start(): Promise<void> {
    await Promise.all([this.#producer.connect(), ...this.#consumers.map((each) => this.#join(each))]);
    // The group is formed before the first race.
    await Promise.all(Array.from({ length: partitions }, (_, at) => this.deliver(at, async () => undefined)));
  }

  async #join(consumer: Consumer): Promise<void> {
    await consumer.connect();
    await consumer.subscribe({ topic: this.#topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ message }) => this.#consume(message.value?.toString() ?? ''),
    });
  }

  #sendBatch(): void {
    const messages = this.#batch;
    this.#batch = [];
    this.#sending = this.#sendAfter(this.#sending, messages);
  }

  async #sendAfter(earlier: Promise<void>, messages: readonly BatchRecord[]): Promise<void> {
    await earlier;
    try {
      await this.#producer.send({ topic: this.#topic, messages: [...messages], acks: -1 });
    } catch (error) {
      for (const { value } of messages) this.#waiting.get(value)?.reject(error);
    }
  }

  async #consume(id: string): Promise<void> {
    const delivery = this.#waiting.get(id);
    // Given up by its sender.
    if (delivery === undefined) return;
    await sleep(this.#random.next() * hiccupMs);
    await delivery.work().then(delivery.resolve, delivery.reject);
  }
}
