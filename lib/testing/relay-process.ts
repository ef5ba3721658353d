import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase } from '../db/client.ts';
import { createPublisher } from '../events/kafka.ts';
import { RelayLease } from '../events/relay-lease.ts';
import { relayBatch } from '../events/relay-outbox.ts';

/**
 * A relay in a process of its own, until it is killed. Says `sending n` before it publishes n records, `sent n`
 * after they are marked, and the name of each error.
 *
 * Arguments: the database's URL, a broker, the topic of the events, the length of the lease in ms.
 */
const [databaseUrl = '', broker = '', topic = '', leaseMs = ''] = process.argv.slice(2);
const db = createDatabase({ url: databaseUrl, poolMax: 2 });
const kafka = createPublisher({ brokers: [broker] });
const publisher: typeof kafka = {
  publish: async (name, records, deadlineMs) => {
    console.log(`sending ${records.length}`);
    await kafka.publish(name, records, deadlineMs);
  },
  close: () => kafka.close(),
};
const topics = { 'reservation-events': topic, 'reservation-requests': topic };
const lease = new RelayLease(db, 'reservation-events', Number(leaseMs));
for (;;) {
  try {
    const count = await relayBatch({ db, publisher, topics }, lease);
    if (count > 0) console.log(`sent ${count}`);
  } catch (error) {
    console.log(error instanceof Error ? error.name : String(error));
  }
  await sleep(50);
}
