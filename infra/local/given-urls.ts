import type { StackUrls } from './stack.ts';

/** Servers that the environment names. An empty variable names none. */
export function givenUrls(env: NodeJS.ProcessEnv): Partial<StackUrls> {
  const { REDIS_URL, DATABASE_URL, KAFKA_BROKERS } = env;
  return {
    ...(REDIS_URL ? { redisUrl: REDIS_URL } : {}),
    ...(DATABASE_URL ? { databaseUrl: DATABASE_URL } : {}),
    ...(KAFKA_BROKERS ? { kafkaBrokers: KAFKA_BROKERS } : {}),
  };
}
