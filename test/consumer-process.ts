import type { Context, MSKEvent } from 'aws-lambda';
import kafkajs from 'kafkajs';
import pg from 'pg';
import { handler } from '../functions/consume-reservation-events.ts';
import { MskConsumer } from '../infra/local/offline/msk-consumer.ts';

/**
 * The consumer of reservation events in a process of its own, until it is killed: an event source mapping and the
 * real handler. Writes down what it is given before it handles it, in the
 * table `deliveries`.
 *
 * Arguments: the topic, the name of this consumer, the environment of the handler as JSON.
 */
const [topic = '', name = '', environment = '{}'] = process.argv.slice(2);
Object.assign(process.env, JSON.parse(environment));
const { KAFKA_BROKERS: bootstrapServers = '', DATABASE_URL } = process.env;
const notes = new pg.Pool({ connectionString: DATABASE_URL, max: 1 });

const timeoutMs = 60_000;
const invoke = async (event: unknown) => {
  // What the event source mapping makes.
  const given = event as MSKEvent;
  const keys = Object.values(given.records)
    .flat()
    .map((record) => `${record.partition}-${record.offset}`);
  await notes.query('INSERT INTO deliveries SELECT $1, unnest($2::text[])', [name, keys]);
  const deadlineMs = performance.now() + timeoutMs;
  const context = { getRemainingTimeInMillis: () => deadlineMs - performance.now() };
  // The handler reads no more of its context.
  return handler(given, context as Context);
};

const kafka = new kafkajs.Kafka({
  brokers: bootstrapServers.split(','),
  logLevel: kafkajs.logLevel.NOTHING,
});
new MskConsumer(kafka, {
  functionName: 'consume-reservation-events',
  definition: { topic, batchSize: 100, maximumBatchingWindow: 1, consumerGroupId: topic },
  rules: { maximumRetryAttempts: 10, bisectBatchOnFunctionError: true, reportBatchItemFailures: true },
  invoke,
  bootstrapServers,
  log: () => undefined,
}).start();
console.log('ready');
