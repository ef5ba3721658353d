import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run, tryRun } from './run.ts';

/** A redis-server (or valkey-server) that can be run. */
export interface RedisProgram {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

const downloadMs = 120_000;
/** Libraries may themselves need libraries; Debian's redis needs one round. */
const rounds = 4;

/** The packages of a Depends field: first alternatives, without versions. */
export function dependencyNames(depends: string): string[] {
  return depends
    .split(',')
    .map((each) => each.trim().split(/[\s|(:]/)[0] ?? '')
    .filter((name) => name.startsWith('lib'));
}

async function download(folder: string, packages: readonly string[]): Promise<void> {
  const get = () => run('apt-get', ['download', ...packages], { cwd: folder, timeoutMs: downloadMs });
  try {
    await get();
  } catch (error) {
    // The package lists are missing or old; only root may bring them up to date.
    if (process.getuid?.() !== 0) throw error;
    await run('apt-get', ['update'], { timeoutMs: downloadMs });
    await get();
  }
}

async function extract(folder: string): Promise<string[]> {
  const depends: string[] = [];
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.deb'))) {
    const path = join(folder, file);
    const { stdout } = await run('dpkg-deb', ['--field', path, 'Depends'], { timeoutMs: downloadMs });
    depends.push(...dependencyNames(stdout));
    await run('dpkg-deb', ['--extract', path, folder], { timeoutMs: downloadMs });
    rmSync(path);
  }
  return depends;
}

async function isInstalled(name: string): Promise<boolean> {
  const status = await tryRun('dpkg-query', ['--status', name]);
  return status?.includes('Status: install ok installed') ?? false;
}

async function missingOf(names: readonly string[], fetched: ReadonlySet<string>): Promise<string[]> {
  const candidates = [...new Set(names)].filter((name) => !fetched.has(name));
  const installed = await Promise.all(candidates.map(isInstalled));
  return candidates.filter((_, index) => installed[index] === false);
}

/**
 * Fetches redis-server and those of its libraries that the system lacks, and extracts them into a folder:
 * nothing is installed, no service is registered.
 *
 * @throws when there is no apt-get, no such package, or the result does not run
 */
export async function downloadRedisPackages(folder: string): Promise<void> {
  if ((await tryRun('apt-get', ['--version'])) === undefined) throw new Error('there is no apt-get');
  const fetched = new Set(['redis-server', 'redis-tools']);
  let wanted = [...fetched];
  for (let round = 0; round < rounds && wanted.length > 0; round += 1) {
    await download(folder, wanted);
    wanted = await missingOf(await extract(folder), fetched);
    for (const name of wanted) fetched.add(name);
  }
  const { path, env } = extractedProgram(folder);
  const answer = await run(path, ['--version'], { timeoutMs: 10_000, env });
  if (majorVersion(answer.stdout) < 7) throw new Error(`the distribution has ${answer.stdout.trim()}`);
}

/** The major version in the first line of `redis-server --version`. */
export function majorVersion(answer: string | undefined): number {
  return Number(/v=(\d+)\./.exec(answer ?? '')?.[1] ?? 0);
}

/** Where the package puts the server, with its libraries before the system's. */
export function extractedProgram(folder: string): RedisProgram {
  const triplets = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' } as const;
  const triplet = process.arch === 'arm64' ? triplets.arm64 : triplets.x64;
  const libraries = [join(folder, 'usr/lib', triplet), join(folder, 'lib', triplet)].join(':');
  return { path: join(folder, 'usr/bin/redis-server'), env: { LD_LIBRARY_PATH: libraries } };
}
