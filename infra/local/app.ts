import { join, relative } from 'node:path';
import { ConfigError, readConfig } from '../../lib/config.ts';
import { publicKeySet, receiptKey } from './keys.ts';
import { LaunchError } from './launch-error.ts';
import { localAudience, localIssuer } from './mint-token.ts';
import { projectFolder } from './paths.ts';
import { freePort } from './ports.ts';
import { eventsFor, type Listener, type StackUrls } from './stack.ts';
import { ownIdentity } from './supervision/process-identity.ts';
import type { Service } from './supervision/service.ts';
import { spawnServer } from './supervision/spawn-server.ts';
import { untilReady } from './supervision/wait.ts';
import { Workplace } from './supervision/workplace.ts';

export interface AppOptions {
  readonly urls: StackUrls;
  /** A free port unless told. */
  readonly httpPort?: number;
  /** Where to build and log; a throw-away folder of its own unless told. */
  readonly workplace?: Workplace;
  /** Added to the environment of the functions. */
  readonly env?: Readonly<Record<string, string>>;
  readonly listener?: Listener;
}

export interface App {
  /** `http://127.0.0.1:PORT` */
  readonly http: string;
  readonly logFile: string;
  /** Stops it, and deletes its folder when that is its own. A given workplace is closed by its owner. */
  stop(): Promise<void>;
}

const healthyWithinMs = 30_000;
const checkMs = 2_500;

/** The settings of lib/config.ts for a local run. */
async function environmentOf(urls: StackUrls): Promise<Record<string, string>> {
  return {
    REDIS_URL: urls.redisUrl,
    DATABASE_URL: urls.databaseUrl,
    // One process serves all requests at once here; a container on Lambda serves one.
    DATABASE_POOL_MAX: '20',
    KAFKA_BROKERS: urls.kafkaBrokers,
    RESERVATION_EVENTS_TOPIC: 'reservation-events',
    RESERVATION_REQUESTS_TOPIC: 'reservation-requests',
    AUTH_ISSUER: localIssuer,
    AUTH_AUDIENCE: localAudience,
    AUTH_JWKS: await publicKeySet(),
    RECEIPT_KEY: receiptKey(),
  };
}

/** What the functions would refuse at each invocation is told before they are built. @throws LaunchError */
function checkSettings(settings: Readonly<Record<string, string>>): void {
  try {
    readConfig({ ...process.env, ...settings });
  } catch (error) {
    throw error instanceof ConfigError ? new LaunchError(error.message, { cause: error }) : error;
  }
}

/** serverless-offline serving serverless.yml, every function in its process. */
function appService(httpPort: number, workplace: Workplace, env: Record<string, string>): Service {
  const logFile = join(workplace.folder, 'app.log');
  let lambdaPort = 0;
  // A restart serves the bundles of the first start: it has to be quick, and building them is most of a start.
  let isBuilt = false;
  const launchEnv = {
    ...env,
    BUILD_FOLDER: relative(projectFolder, join(workplace.folder, 'esbuild')),
    // The app ends by itself when the process that supervises it is gone.
    LAUNCHER: JSON.stringify(ownIdentity()),
    // kafkajs computes a negative timeout now and then, which Node takes for 1 ms and warns of.
    // SIGUSR1 opens an inspector; on a port of its own, since several may run.
    NODE_OPTIONS: '--enable-source-maps --disable-warning=TimeoutNegativeWarning --inspect-port=127.0.0.1:0',
    SLS_INTERACTIVE_SETUP_ENABLE: '0',
    SLS_NOTIFICATIONS_MODE: 'off',
  };
  const args = () => [
    join(projectFolder, 'node_modules/serverless/bin/serverless.js'),
    ...[
      'offline',
      'start',
      '--stage',
      'local',
      '--host',
      '127.0.0.1',
      '--noPrependStageInUrl',
      '--noSponsor',
    ],
    ...['--useInProcess', '--httpPort', String(httpPort), '--lambdaPort', String(lambdaPort)],
  ];
  return {
    name: 'app',
    logFile,
    readyWithinMs: 120_000,
    stopSignal: 'SIGTERM',
    stopWithinMs: 8_000,
    beforeStart: async () => {
      lambdaPort = await freePort();
    },
    launch: () =>
      spawnServer({
        command: process.execPath,
        args: args(),
        cwd: projectFolder,
        env: isBuilt ? { ...launchEnv, PREBUILT: 'yes' } : launchEnv,
        logFile,
      }),
    check: async () => {
      await askHealth(httpPort, [200, 503]);
      isBuilt = true;
    },
  };
}

/** Asks /health once; rejects for any other status than those. */
async function askHealth(httpPort: number, statuses: readonly number[]): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${httpPort}/health`, { signal: AbortSignal.timeout(checkMs) });
  const body = await answer.text();
  // serverless-offline shows a function that could not be loaded as 200 with the error as its body.
  if (!statuses.includes(answer.status) || !body.startsWith('{"status":'))
    throw new Error(`GET /health: ${answer.status} ${body.slice(0, 300)}`);
}

/**
 * Serves the functions over HTTP, feeds the consumer from Kafka and runs the schedules; resolves when /health says
 * that all is up. Started again, on the same port, should it die.
 *
 * @throws LaunchError for a setting that the functions would refuse; with the end of its log when it does not get
 * there, and it is stopped then
 */
export async function startApp(options: AppOptions): Promise<App> {
  const { urls, env = {}, listener = () => {} } = options;
  const httpPort = options.httpPort ?? (await freePort());
  const settings = { ...(await environmentOf(urls)), ...env };
  checkSettings(settings);
  const workplace = options.workplace ?? Workplace.throwAway();
  const service = appService(httpPort, workplace, settings);
  const stop = async () => {
    if (options.workplace === undefined) await workplace.close();
  };
  try {
    listener('app', `starting on port ${httpPort}`);
    const pid = await workplace.run(service, eventsFor('app', listener));
    await untilReady(() => askHealth(httpPort, [200]), { deadlineMs: healthyWithinMs, intervalMs: 200 });
    listener('app', `serves on port ${httpPort}`, pid);
  } catch (error) {
    await stop();
    throw error;
  }
  return { http: `http://127.0.0.1:${httpPort}`, logFile: service.logFile, stop };
}
