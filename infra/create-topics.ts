import kafkajs, { type Kafka } from 'kafkajs';
import { createTopics, topicPlans } from './topics.ts';

/** The brokers and credentials of the environment, as an operator sets them for a cluster on AWS. */
function kafkaOfEnvironment(): Kafka {
  const { KAFKA_BROKERS, KAFKA_USERNAME: username, KAFKA_PASSWORD: password } = process.env;
  if (KAFKA_BROKERS === undefined) throw new Error('KAFKA_BROKERS is not set');
  const brokers = KAFKA_BROKERS.split(',');
  return username === undefined || password === undefined
    ? new kafkajs.Kafka({ clientId: 'create-topics', brokers })
    : new kafkajs.Kafka({
        clientId: 'create-topics',
        brokers,
        ssl: true,
        sasl: { mechanism: 'scram-sha-512', username, password },
      });
}

if (import.meta.main) {
  const {
    RESERVATION_EVENTS_TOPIC: events,
    RESERVATION_REQUESTS_TOPIC: requests,
    REPLICATION_FACTOR = '3',
  } = process.env;
  await createTopics(kafkaOfEnvironment(), {
    plans: topicPlans({ events, requests }),
    replicationFactor: Number(REPLICATION_FACTOR),
  });
}
