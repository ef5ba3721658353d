import { Kafka, type KafkaConfig, logLevel, Partitioners, type Producer } from 'kafkajs';
import { within } from '../deadline.ts';
import { DependencyError } from '../errors.ts';
import type { Secret } from '../secrets.ts';

/** The one module that knows kafkajs; it is loaded lazily, where something is published or looked at. */

export interface KafkaSettings {
  readonly brokers: readonly string[];
  /** SCRAM over TLS, as MSK wants it; without them the brokers are plain. */
  readonly credentials?: Secret<{ readonly username: string; readonly password: string }>;
}

/** A record to be published; its key decides the partition. */
export interface OutgoingRecord {
  readonly key: string;
  readonly value: string;
}

/** Sends records in order and waits until every in-sync replica has them. */
export interface Publisher {
  /**
   * @param deadlineMs after which it gives up; the records may be published all the same
   * @throws DependencyError `kafka`
   */
  publish(topic: string, records: readonly OutgoingRecord[], deadlineMs: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * A publisher that connects when it first publishes, with a producer a topic: one in trouble disturbs none of
 * the others. After an error a producer is thrown away: what it has sent, or still sends, cannot be told.
 */
export function createPublisher(settings: KafkaSettings): Publisher {
  const producers = new Map<string, Promise<Producer>>();
  const producerOf = (topic: string) => {
    const producer = producers.get(topic) ?? connectProducer(settings);
    producers.set(topic, producer);
    return producer;
  };
  return {
    publish: async (topic, records, deadlineMs) => {
      const messages = records.map(({ key, value }) => ({ key, value }));
      const producer = producerOf(topic);
      const sent = producer.then((connected) => connected.send({ topic, messages, acks: -1 }));
      try {
        // The timeout of `send` does not bound it: connecting comes on top.
        await within(deadlineMs, sent);
      } catch (error) {
        // What failed is told below; closing what is broken fails as well, and nobody waits for it. A send that
        // loses its connection makes another one before it fails, which is closed then.
        if (producers.get(topic) === producer) producers.delete(topic);
        const closings = [disconnect(producer), sent.catch(() => undefined).then(() => disconnect(producer))];
        Promise.all(closings).catch(() => undefined);
        throw new DependencyError('kafka', error);
      }
    },
    close: async () => {
      const open = [...producers.values()];
      producers.clear();
      await Promise.all(open.map(disconnect));
    },
  };
}

/**
 * A producer that sends a batch once or fails. Trying again is for whoever called, with the whole batch: kafkajs, when
 * it does so itself, asks only the brokers that have not answered yet, and so drops without a word the records of a
 * partition whose leader moved to one that has.
 */
export const createProducer = (kafka: Kafka): Producer =>
  kafka.producer({
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
    // One request at a time: what comes later cannot overtake.
    maxInFlightRequests: 1,
    retry: { retries: 0 },
  });

/**
 * Asks the brokers for the cluster's metadata.
 *
 * @throws DependencyError `kafka` when there is no answer within the time
 */
export async function describeCluster(settings: KafkaSettings, deadlineMs: number): Promise<void> {
  const admin = (await createClient(settings)).admin();
  const asked = admin.connect().then(() => admin.describeCluster());
  // Not waited for: a broker that hangs takes as long as the client's timeouts let it, connected or not.
  asked
    .catch(() => undefined)
    .then(() => admin.disconnect())
    .catch(() => undefined);
  try {
    await within(deadlineMs, asked);
  } catch (error) {
    throw new DependencyError('kafka', error);
  }
}

async function connectProducer(settings: KafkaSettings): Promise<Producer> {
  const producer = createProducer(await createClient(settings));
  await producer.connect();
  return producer;
}

async function createClient({ brokers, credentials }: KafkaSettings): Promise<Kafka> {
  const config: KafkaConfig = {
    clientId: 'concert-reservation',
    brokers: [...brokers],
    connectionTimeout: 1_000,
    requestTimeout: 3_000,
    // Each address once.
    retry: { retries: brokers.length - 1, initialRetryTime: 50, maxRetryTime: 100 },
    logLevel: logLevel.NOTHING,
  };
  if (credentials === undefined) return new Kafka(config);
  const secret = await credentials.read();
  return new Kafka({ ...config, ssl: true, sasl: { mechanism: 'scram-sha-512', ...secret } });
}

async function disconnect(producer: Promise<Producer>): Promise<void> {
  // One that never connected has nothing to close, and has told so to whoever wanted to publish.
  const connected = await producer.catch(() => undefined);
  await connected?.disconnect();
}
