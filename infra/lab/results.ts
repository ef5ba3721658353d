import { readFile } from 'node:fs/promises';
import { cpus, type as osType, release, totalmem } from 'node:os';
import type { Lab } from './laboratory.ts';
import type { CellResult } from './run-cell.ts';
import type { LeftOut, TroubledResult } from './trouble/run-trouble.ts';

/** A run of the laboratory, as it is stored in `docs/lab/results.json`. */
export interface LabResults {
  readonly takenAt: string;
  readonly seed: number;
  readonly runsPerCell: number;
  readonly elapsedSeconds: number;
  readonly machine: Readonly<Record<'processor' | 'cores' | 'memory' | 'system', string>>;
  readonly versions: Readonly<Record<'node' | 'redis' | 'postgres' | 'kafka', string>>;
  readonly cells: readonly CellResult[];
  readonly troubledRunsPerCell: number;
  readonly troubled: readonly TroubledResult[];
  /** What has no meaning under a trouble, and why. */
  readonly leftOut: readonly LeftOut[];
}

export function describeMachine(): LabResults['machine'] {
  const processors = cpus();
  return {
    processor: processors[0]?.model ?? 'unknown',
    cores: String(processors.length),
    memory: `${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    system: `${osType()} ${release()}`,
  };
}

const kafkaPom = new URL('../local/kafka/pom.xml', import.meta.url);

/** Of the servers that were asked; Kafka does not tell its version to clients: that of the one that is started here. */
export async function describeVersions({ redis, pool }: Lab): Promise<LabResults['versions']> {
  const info = await redis.info('server');
  const { rows } = await pool.query<{ version: string }>(
    "SELECT current_setting('server_version') AS version",
  );
  return {
    node: process.versions.node,
    redis: /^(?:valkey|redis)_version:(\S+)/m.exec(info)?.[1] ?? 'unknown',
    postgres: rows[0]?.version ?? 'unknown',
    kafka: process.env['KAFKA_BROKERS'] ? 'not told' : await versionOfKafka(),
  };
}

async function versionOfKafka(): Promise<string> {
  const pom = await readFile(kafkaPom, 'utf8');
  return /<artifactId>kafka_[\d.]+<\/artifactId>\s*<version>([^<]+)</.exec(pom)?.[1] ?? 'unknown';
}
