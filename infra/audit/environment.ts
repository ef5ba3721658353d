import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { UsageError } from './options.ts';

/** The servers to look at; those with the ARN of a secret are signed in at with it. */
export type Environment = {
  readonly redis: {
    readonly url: string;
    readonly cluster: boolean;
    readonly secretArn: string | undefined;
  };
  readonly database: { readonly url: string; readonly secretArn: string | undefined };
  readonly kafka: { readonly brokers: readonly string[]; readonly secretArn: string | undefined };
  readonly topic: string;
};

const StackFile = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ redisUrl: v.string(), databaseUrl: v.string(), kafkaBrokers: v.string() }),
);

/**
 * The servers that the variables name as for the functions (lib/config.ts), or those of `npm run dev` when they name
 * none. Some of one and some of the other would be two halves of two systems.
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
  const topic = RESERVATION_EVENTS_TOPIC || 'reservation-events';
  if (!(REDIS_URL && DATABASE_URL && KAFKA_BROKERS)) return { ...(await readStackFile(stackFile)), topic };
  return {
    redis: {
      url: REDIS_URL,
      cluster: env['REDIS_CLUSTER'] === 'true',
      secretArn: env['REDIS_SECRET_ARN'] || undefined,
    },
    database: { url: DATABASE_URL, secretArn: env['DATABASE_SECRET_ARN'] || undefined },
    kafka: { brokers: KAFKA_BROKERS.split(','), secretArn: env['KAFKA_SECRET_ARN'] || undefined },
    topic,
  };
}

/** Those of `npm run dev` ask for no password. */
async function readStackFile(stackFile: string): Promise<Omit<Environment, 'topic'>> {
  const text = await readFile(stackFile, 'utf8').catch(() => {
    throw new UsageError('set REDIS_URL, DATABASE_URL and KAFKA_BROKERS, or start "npm run dev"');
  });
  const stack = v.safeParse(StackFile, text);
  if (!stack.success) throw new UsageError('.local/stack.json does not name Redis, Postgres and Kafka');
  const { redisUrl, databaseUrl, kafkaBrokers } = stack.output;
  return {
    redis: { url: redisUrl, cluster: false, secretArn: undefined },
    database: { url: databaseUrl, secretArn: undefined },
    kafka: { brokers: kafkaBrokers.split(','), secretArn: undefined },
  };
}
