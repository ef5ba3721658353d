import type { Kafka, KafkaMessage, Producer } from 'kafkajs';
import { deadLetterTopicOf } from '../../topics.ts';
import type { EventSource } from './msk-event.ts';

/** Keeps records that could not be processed, as they were, with where they stood and why in their headers. */
export class DeadLetters {
  readonly #kafka: Kafka;
  #producer: Promise<Producer> | undefined;

  constructor(kafka: Kafka) {
    this.#kafka = kafka;
  }

  /**
   * Sends a record to the dead-letter topic of its topic.
   *
   * @throws when Kafka does not take it
   */
  async put({ topic, partition }: EventSource, message: KafkaMessage, reason: string): Promise<void> {
    const { key, value, offset, headers } = message;
    const origin = { topic, partition: String(partition), offset, reason };
    try {
      this.#producer ??= this.#connect();
      const producer = await this.#producer;
      await producer.send({
        topic: deadLetterTopicOf(topic),
        acks: -1,
        messages: [{ key, value, headers: { ...headers, ...origin } }],
      });
    } catch (error) {
      // A producer is not used again after an error.
      await this.close();
      throw error;
    }
  }

  async #connect(): Promise<Producer> {
    const producer = this.#kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    return producer;
  }

  async close(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    // One that could not connect has told its error to `put` and has nothing to close.
    const connected = await producer?.catch(() => undefined);
    await connected?.disconnect();
  }
}
