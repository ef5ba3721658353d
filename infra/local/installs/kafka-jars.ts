import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeError, LaunchError } from '../launch-error.ts';
import { localFolder } from '../paths.ts';
import { installOnce } from './install-once.ts';
import { run, tryRun } from './run.ts';

const pom = fileURLToPath(new URL('../kafka/pom.xml', import.meta.url));
const lowestJava = 17;
const downloadMs = 10 * 60_000;
const docker =
  'Docker: docker compose -f infra/local/compose.yaml up -d, then set KAFKA_BROKERS=127.0.0.1:9092';

/** The major version in the answer to `java -version`; 0 when there is none. */
export function javaVersion(answer: string | undefined): number {
  return Number(/version "(\d+)/.exec(answer ?? '')?.[1] ?? 0);
}

async function assertJava(): Promise<void> {
  const version = javaVersion(await tryRun('java', ['-version']));
  if (version >= lowestJava) return;
  const found = version === 0 ? 'is missing' : `is needed (found ${version})`;
  throw new LaunchError(
    `Java ${lowestJava} or later ${found}. Debian/Ubuntu: apt install openjdk-17-jre-headless; ` +
      `macOS: brew install openjdk@17; ${docker}`,
  );
}

async function assertMaven(): Promise<void> {
  if ((await tryRun('mvn', ['-version'])) !== undefined) return;
  throw new LaunchError(
    `Maven is missing (it fetches Kafka). Debian/Ubuntu: apt install maven; macOS: brew install maven; ${docker}`,
  );
}

async function resolveJars(draft: string): Promise<void> {
  await assertMaven();
  const target = [`-DoutputDirectory=${draft}`, '-DincludeScope=runtime', 'dependency:copy-dependencies'];
  try {
    await run('mvn', ['-q', '-B', '-f', pom, ...target], { timeoutMs: downloadMs });
  } catch (error) {
    throw new LaunchError(`Maven could not fetch Kafka: ${describeError(error)}`, {
      cause: error,
    });
  }
}

/**
 * The class path of Kafka. Its jars are fetched by Maven into `.local/` when they are not there yet.
 *
 * @throws LaunchError when Java or Maven is missing
 */
export async function kafkaClassPath(): Promise<string> {
  await assertJava();
  const version = /<version>(\d+\.\d+\.\d+)<\/version>/.exec(readFileSync(pom, 'utf8'))?.[1];
  const folder = join(localFolder, `kafka-${version}`);
  await installOnce(folder, resolveJars);
  return join(folder, '*');
}
