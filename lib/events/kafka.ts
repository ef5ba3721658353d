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
 * the others. After an error a producer is thrown away: kafkajs may go on retrying a request inside one, and
 * what it has sent cannot be told.
 */
export function createPublisher(settings: KafkaSettings): Publisher {
  const producers = new Map<string, Promise<Producer>>();
  const producerOf = (topic: string) => {
    const producer = producers.get(topic) ?? connectProducer(settings);
    producers.set(topic, producer);
    return producer;
  };
  const discard = async (topic: string) => {
    const discarded = producers.get(topic);
    producers.delete(topic);
    await disconnect(discarded);
  };
  return {
    publish: async (topic, records, deadlineMs) => {
      try {
        const messages = records.map(({ key, value }) => ({ key, value }));
        const sent = producerOf(topic).then((producer) => producer.send({ topic, messages, acks: -1 }));
        // The timeout of `send` does not bound it: retries and reconnections come on top.
        await within(deadlineMs, sent);
      } catch (error) {
        // What failed is told below; closing what is broken fails as well, and nobody waits for it.
        discard(topic).catch(() => undefined);
        throw new DependencyError('kafka', error);
      }
    },
    close: async () => {
      await Promise.all([...producers.keys()].map(discard));
    },
  };
}

/**
 * Asks the brokers for the cluster's metadata.
 *
 * @throws DependencyError `kafka` when there is no answer within the time
 */
export async function describeCluster(settings: KafkaSettings, deadlineMs: number): Promise<void> {
  const admin = (await createClient(settings)).admin({ retry: { retries: 0 } });
  try {
    const asked = admin.connect().then(() => admin.describeCluster());
    await within(deadlineMs, asked);
  } catch (error) {
    throw new DependencyError('kafka', error);
  } finally {
    // Not waited for: closing the connection to a broker that hangs takes as long as it pleases.
    admin.disconnect().catch(() => undefined);
  }
}

async function connectProducer(settings: KafkaSettings): Promise<Producer> {
  const producer = (await createClient(settings)).producer({
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
    // One request at a time, so that a retry cannot overtake what came after it.
    maxInFlightRequests: 1,
    retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 1_000 },
  });
  await producer.connect();
  return producer;
}

async function createClient({ brokers, credentials }: KafkaSettings): Promise<Kafka> {
  const config: KafkaConfig = {
    clientId: 'concert-reservation',
    brokers: [...brokers],
    connectionTimeout: 1_000,
    requestTimeout: 3_000,
    logLevel: logLevel.NOTHING,
  };
  if (credentials === undefined) return new Kafka(config);
  const secret = await credentials.read();
  return new Kafka({ ...config, ssl: true, sasl: { mechanism: 'scram-sha-512', ...secret } });
}

async function disconnect(producer: Promise<Producer> | undefined): Promise<void> {
  // One that never connected has nothing to close, and has told so to whoever wanted to publish.
  const connected = await producer?.catch(() => undefined);
  await connected?.disconnect();
}
