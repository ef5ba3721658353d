import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { UsageError } from './options.ts';

/** The servers to look at. */
export type Environment = {
  readonly redisUrl: string;
  readonly databaseUrl: string;
  readonly kafkaBrokers: readonly string[];
  readonly topic: string;
};

const StackFile = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ redisUrl: v.string(), databaseUrl: v.string(), kafkaBrokers: v.string() }),
);

/**
 * The servers that the variables name, or those of `npm run dev` when they name none. Some of one and some of the other
 * would be two halves of two systems.
 *
 * @param stackFile where `npm run dev` tells what it runs
 * @throws UsageError
 */
export async function findEnvironment(env: NodeJS.ProcessEnv, stackFile: string): Promise<Environment> {
  const { REDIS_URL, DATABASE_URL, KAFKA_BROKERS, RESERVATION_EVENTS_TOPIC } = env;
  const given = Object.entries({ REDIS_URL, DATABASE_URL, KAFKA_BROKERS });
  const missing = given.filter(([, value]) => !value).map(([name]) => name);
  if (missing.length > 0 && missing.length < given.length)
    throw new UsageError(`set ${missing.join(' and ')} as well, or none of the three`);
  const named = REDIS_URL && DATABASE_URL && KAFKA_BROKERS;
  const urls = named
    ? { redisUrl: REDIS_URL, databaseUrl: DATABASE_URL, kafkaBrokers: KAFKA_BROKERS }
    : await readStackFile(stackFile);
  const topic = RESERVATION_EVENTS_TOPIC || 'reservation-events';
  return { ...urls, kafkaBrokers: urls.kafkaBrokers.split(','), topic };
}

async function readStackFile(stackFile: string): Promise<v.InferOutput<typeof StackFile>> {
  const text = await readFile(stackFile, 'utf8').catch(() => {
    throw new UsageError('set REDIS_URL, DATABASE_URL and KAFKA_BROKERS, or start "npm run dev"');
  });
  const stack = v.safeParse(StackFile, text);
  if (!stack.success) throw new UsageError('.local/stack.json does not name Redis, Postgres and Kafka');
  return stack.output;
}
