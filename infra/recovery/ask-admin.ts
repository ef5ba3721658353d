import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs, { type Admin, type Kafka } from 'kafkajs';

const maxTries = 20;
const pauseMs = 250;

/**
 * Asks the brokers something with an admin client of its own. What they cannot say yet, of a topic or a group that is
 * new or has moved, is asked again for five seconds.
 */
export async function askAdmin<T>(kafka: Kafka, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    for (let tried = 1; ; tried += 1) {
      try {
        return await work(admin);
      } catch (error) {
        if (tried >= maxTries || !(error instanceof kafkajs.KafkaJSError && error.retriable)) throw error;
        await sleep(pauseMs);
      }
    }
  } finally {
    await admin.disconnect();
  }
}
