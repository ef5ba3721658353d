import kafkajs from 'kafkajs';
import { createTopics } from '../topics.ts';
import { kafkaClassPath } from './installs/kafka-jars.ts';
import { redisProgram } from './installs/redis-program.ts';
import { describeError, LaunchError } from './launch-error.ts';
import { freePort, isPortFree } from './ports.ts';
import { describeKafka, initialiseKafka, kafkaService } from './services/kafka.ts';
import { initialisePostgres, postgresService, postgresUrl, queryPostgres } from './services/postgres.ts';
import { postgresPlace } from './services/postgres-place.ts';
import { pingRedis, redisService } from './services/redis.ts';
import { cleanUpAbandonedStacks } from './supervision/clean-up.ts';
import type { Service, ServiceName } from './supervision/service.ts';
import { untilReady } from './supervision/wait.ts';
import { Workplace } from './supervision/workplace.ts';

/** The addresses of the three services. */
export interface StackUrls {
  readonly redisUrl: string;
  readonly databaseUrl: string;
  /** Comma-separated. */
  readonly kafkaBrokers: string;
}

/** Hears how each server fares; `pid` is set when it serves. */
export type Listener = (name: ServiceName, what: string, pid?: number) => void;

export interface StackOptions {
  /** Keeps the data in `.local/data`; else everything is thrown away on `stop`. */
  readonly keepData?: boolean;
  /** Servers that run already; none is started in their place. */
  readonly given?: Partial<StackUrls>;
  readonly redisDatabases?: number;
  readonly listener?: Listener;
  /** Hears of the workplace before anything is started, so that an interrupted start can be ended too. */
  readonly onWorkplace?: (workplace: Workplace) => void;
}

export interface Stack extends StackUrls {
  readonly workplace: Workplace;
  /** The pids of the servers that were started, as they are now. */
  readonly pids: Readonly<Partial<Record<ServiceName, number>>>;
  /** Stops what was started; throw-away data are deleted. May be called again. */
  stop(): Promise<void>;
}

const givenWithinMs = 10_000;
const portAttempts = 3;

interface Context {
  readonly workplace: Workplace;
  readonly redisDatabases: number;
  readonly listener: Listener;
}

/** Starts a service, on another port should its own be taken by somebody between choice and start. */
async function runOnFreePort(
  { workplace, listener }: Context,
  describe: (port: number) => Promise<Service>,
): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const service = await describe(port);
    try {
      listener(service.name, `starting on port ${port}`);
      const pid = await workplace.run(service, eventsFor(service.name, listener));
      listener(service.name, `serves on port ${port}`, pid);
      return port;
    } catch (error) {
      if (attempt === portAttempts || (await isPortFree(port))) throw error;
    }
  }
}

/** What a supervisor reports, in the listener's words. */
export function eventsFor(name: ServiceName, listener: Listener) {
  return {
    onDied: (how: string) => listener(name, `died (${how}), starting again`),
    onServesAgain: (pid: number) => listener(name, 'serves again', pid),
    onRestartFailed: (reason: string) => listener(name, `did not start: ${reason}`),
  };
}

/** Waits for a server that was not started here. */
async function awaitGiven(name: string, url: string, check: () => Promise<void>): Promise<string> {
  try {
    await untilReady(check, { deadlineMs: givenWithinMs, intervalMs: 500 });
    return url;
  } catch (error) {
    throw new LaunchError(`${name} is set, but no server answers there: ${describeError(error)}`, {
      cause: error,
    });
  }
}

async function startRedis(context: Context): Promise<string> {
  const { workplace, redisDatabases: databases } = context;
  const program = await redisProgram();
  const { folder, throwAway } = workplace;
  const port = await runOnFreePort(context, async (each) =>
    redisService({ program, folder, port: each, databases, throwAway }),
  );
  return `redis://127.0.0.1:${port}`;
}

async function startPostgres(context: Context): Promise<string> {
  const { workplace } = context;
  const { folder, throwAway } = workplace;
  const place = await postgresPlace(folder);
  if (place.outside) {
    context.listener('postgres', `keeps its data in ${place.folder}: its account cannot enter this clone`);
    if (throwAway) workplace.usesFolder(place.folder);
  }
  await initialisePostgres(place);
  const logFile = `${folder}/postgres.log`;
  const port = await runOnFreePort(context, async (each) =>
    postgresService({ place, logFile, port: each, throwAway }),
  );
  return postgresUrl(place, port);
}

async function startKafka(context: Context): Promise<string> {
  const { folder, throwAway } = context.workplace;
  const classPath = await kafkaClassPath();
  const port = await runOnFreePort(context, async (each) => {
    const options = { classPath, folder, port: each, controllerPort: await freePort(), throwAway };
    await initialiseKafka(options);
    return kafkaService(options);
  });
  return `127.0.0.1:${port}`;
}

/** Creates the project's topics on a single broker. */
export async function createLocalTopics(kafkaBrokers: string): Promise<void> {
  const brokers = kafkaBrokers.split(',');
  const kafka = new kafkajs.Kafka({ clientId: 'launcher', brokers, logLevel: kafkajs.logLevel.NOTHING });
  await createTopics(kafka, { replicationFactor: 1 });
}

/**
 * Starts Redis, Postgres and Kafka side by side and resolves when all three answer requests; from then on each is
 * started again, on its port and with its data, should it die. First cleans up after launchers that have died.
 *
 * @throws LaunchError for what a person can put right; whatever was started is stopped before it throws
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const { keepData = false, given = {}, redisDatabases = 16, listener = () => {} } = options;
  await cleanUpAbandonedStacks();
  const workplace = keepData ? Workplace.kept() : Workplace.throwAway();
  options.onWorkplace?.(workplace);
  const pids: Partial<Record<ServiceName, number>> = {};
  const hear: Listener = (name, what, pid) => {
    if (pid !== undefined) pids[name] = pid;
    listener(name, what, pid);
  };
  const context = { workplace, redisDatabases, listener: hear };
  const { redisUrl, databaseUrl, kafkaBrokers } = given;
  const starts = [
    redisUrl === undefined
      ? startRedis(context)
      : awaitGiven('REDIS_URL', redisUrl, () => pingRedis(redisUrl)),
    databaseUrl === undefined
      ? startPostgres(context)
      : awaitGiven('DATABASE_URL', databaseUrl, () => queryPostgres(databaseUrl)),
    kafkaBrokers === undefined
      ? startKafka(context)
      : awaitGiven('KAFKA_BROKERS', kafkaBrokers, () => describeKafka(kafkaBrokers.split(','))),
  ] as const;
  try {
    const [redis, database, kafka] = await Promise.all(starts);
    const stop = () => workplace.close();
    return { redisUrl: redis, databaseUrl: database, kafkaBrokers: kafka, workplace, pids, stop };
  } catch (error) {
    // Ends the starts that are still under way, and waits for them: none may start something later.
    await workplace.close();
    await Promise.allSettled(starts);
    await workplace.close();
    throw error;
  }
}
