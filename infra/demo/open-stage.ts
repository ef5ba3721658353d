import { startApp } from '../local/app.ts';
import { givenUrls } from '../local/given-urls.ts';
import { mintTokens } from '../local/mint-token.ts';
import { createLocalTopics, type Listener, type Stack, startStack } from '../local/stack.ts';
import { Workplace } from '../local/supervision/workplace.ts';
import { migrateToLatest } from '../migrations/migrate.ts';
import { prepareSabotage } from './sabotage.ts';
import { createScratchDatabase } from './scratch-database.ts';
import type { Stage } from './stage.ts';

/** Longer than any sale. */
const tokenTtlSeconds = 7_200;

export type StageOptions = {
  /** The specimen to build in place of the real thing, or null. */
  readonly sabotage: string | null;
  /** Ends the opening, too, and stops what was started. */
  readonly interrupted: AbortSignal;
  readonly listener: Listener;
};

/** What was opened, to be closed in the opposite order. */
type Closing = (() => Promise<void>)[];

/**
 * Starts what is missing of Redis, Postgres and Kafka in throw-away folders, and the app on top of them.
 * On servers that the environment names, a clean demo leaves its performance behind; a sabotaged one gets a
 * database of its own there, since constraints are taken from it, and deletes it when it is closed.
 *
 * @throws the reason of the interruption, or whatever the launcher throws; what was started is stopped before.
 */
export async function openStage({ sabotage, interrupted, listener }: StageOptions): Promise<Stage> {
  const closing: Closing = [];
  let closed = Promise.resolve();
  const close = () => {
    closed = closed.then(() => closeAll(closing));
    return closed;
  };
  // What is under way when the interruption comes fails once its servers are gone.
  const interrupt = () => void close();
  interrupted.addEventListener('abort', interrupt, { once: true });
  try {
    return { ...(await open({ sabotage, interrupted, listener }, closing)), close };
  } catch (error) {
    await close();
    throw interrupted.aborted ? interrupted.reason : error;
  } finally {
    interrupted.removeEventListener('abort', interrupt);
  }
}

async function closeAll(closing: Closing): Promise<void> {
  for (let end = closing.pop(); end !== undefined; end = closing.pop()) await end();
}

async function open(options: StageOptions, closing: Closing): Promise<Omit<Stage, 'close'>> {
  const { sabotage, interrupted, listener } = options;
  const onWorkplace = (workplace: Workplace) => closing.push(() => workplace.close());
  const stack = await startStack({ given: givenUrls(process.env), listener, onWorkplace });
  const [databaseUrl] = await Promise.all([
    openDatabase(stack, sabotage, closing),
    createLocalTopics(stack.kafkaBrokers),
  ]);
  const { redisUrl, kafkaBrokers } = stack;
  const env = sabotage === null ? {} : { SABOTAGE: sabotage };
  interrupted.throwIfAborted();
  const workplace = Workplace.throwAway();
  closing.push(() => workplace.close());
  const app = await startApp({ urls: { redisUrl, databaseUrl, kafkaBrokers }, env, workplace, listener });
  return {
    http: app.http,
    redisUrl,
    databaseUrl,
    kafkaBrokers: kafkaBrokers.split(','),
    topic: 'reservation-events',
    issueTokens: (userIds, { admin }) => mintTokens(userIds, { admin, ttlSeconds: tokenTtlSeconds }),
    stopApp: () => workplace.close(),
  };
}

async function openDatabase(
  { databaseUrl }: Stack,
  sabotage: string | null,
  closing: Closing,
): Promise<string> {
  if (sabotage === null) {
    await migrateToLatest(databaseUrl);
    return databaseUrl;
  }
  const scratch = await createScratchDatabase(databaseUrl);
  closing.push(() => scratch.drop());
  await migrateToLatest(scratch.url);
  await prepareSabotage(sabotage, scratch.url);
  return scratch.url;
}
