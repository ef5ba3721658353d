import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import { run } from '../installs/run.ts';
import type { Service } from '../supervision/service.ts';
import { spawnServer } from '../supervision/spawn-server.ts';

const javaOptions = [
  '-Xmx384m',
  '-Xms128m',
  '-XX:+UseSerialGC',
  // The second compiler's threads cost more on two cores than its code saves in a development run.
  '-XX:TieredStopAtLevel=1',
  '-Dlog4j2.level=WARN',
];

export interface KafkaOptions {
  readonly classPath: string;
  readonly folder: string;
  readonly port: number;
  readonly controllerPort: number;
  readonly throwAway: boolean;
}

/** Broker and controller in one process. */
function properties({ folder, port, controllerPort }: KafkaOptions): string {
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'log.dirs': join(folder, 'kafka'),
    'auto.create.topics.enable': false,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 1,
    'group.initial.rebalance.delay.ms': 0,
    // 30 days: what was replayed of the dead letters is remembered for longer than they are kept.
    'offsets.retention.minutes': 43_200,
    // How long the controller waits before it believes that a killed broker is gone and lets the new one in.
    'broker.session.timeout.ms': 4_000,
    'broker.heartbeat.interval.ms': 500,
    // One node has nobody to hand its partitions to.
    'controlled.shutdown.enable': false,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/** Asks for the metadata of all topics. Rejects unless every partition has a leader, within about 2 s. */
export async function describeKafka(brokers: readonly string[]): Promise<void> {
  const kafka = new kafkajs.Kafka({
    clientId: 'launcher',
    brokers: [...brokers],
    connectionTimeout: 1_000,
    requestTimeout: 2_000,
    retry: { retries: 0 },
    logLevel: kafkajs.logLevel.NOTHING,
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    const { topics } = await admin.fetchTopicMetadata();
    const leaderless = topics.flatMap(({ partitions }) => partitions).filter(({ leader }) => leader < 0);
    if (leaderless.length > 0) throw new Error(`${leaderless.length} partitions have no leader yet`);
    if ((await admin.describeCluster()).brokers.length === 0) throw new Error('no broker is registered yet');
  } finally {
    await admin.disconnect();
  }
}

/** Writes the settings, whose ports may be new, and formats the log folder unless that was done. */
export async function initialiseKafka(options: KafkaOptions): Promise<void> {
  const { folder, classPath } = options;
  mkdirSync(folder, { recursive: true });
  const file = settingsFile(folder);
  writeFileSync(file, properties(options));
  if (existsSync(join(folder, 'kafka', 'meta.properties'))) return;
  const clusterId = randomBytes(16).toString('base64url');
  // In one word: an id may begin with a dash.
  const format = ['format', `--cluster-id=${clusterId}`, '--config', file, '--ignore-formatted'];
  await run('java', ['-cp', classPath, ...javaOptions, 'kafka.tools.StorageTool', ...format], {
    timeoutMs: 60_000,
  });
}

const settingsFile = (folder: string) => join(folder, 'kafka.properties');

/** Kafka in KRaft combined mode on loopback ports. */
export function kafkaService({ classPath, folder, port, throwAway }: KafkaOptions): Service {
  const logFile = join(folder, 'kafka.log');
  const args = ['-cp', classPath, ...javaOptions, 'kafka.Kafka', settingsFile(folder)];
  return {
    name: 'kafka',
    logFile,
    readyWithinMs: 60_000,
    stopSignal: throwAway ? 'SIGKILL' : 'SIGTERM',
    stopWithinMs: 10_000,
    launch: () => spawnServer({ command: 'java', args, logFile, cwd: folder }),
    check: () => describeKafka([`127.0.0.1:${port}`]),
  };
}
