import { existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { describeError, LaunchError } from '../launch-error.ts';
import { localFolder } from '../paths.ts';
import { installOnce } from './install-once.ts';
import {
  downloadRedisPackages,
  extractedProgram,
  majorVersion,
  type RedisProgram,
} from './redis-packages.ts';
import { tryRun } from './run.ts';

const lowestVersions = { 'redis-server': 7, 'valkey-server': 8 } as const;

const howToGetIt =
  'redis-server 7 or later (or valkey-server 8) is missing. ' +
  'Debian/Ubuntu: apt install redis-server; macOS: brew install redis; ' +
  'Docker: docker compose -f infra/local/compose.yaml up -d, then set REDIS_URL=redis://127.0.0.1:6379';

/** Whole paths: a server that was started by its name alone cannot restart itself (`DEBUG RESTART`). */
async function programOnPath(): Promise<RedisProgram | undefined> {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  for (const [name, lowest] of Object.entries(lowestVersions)) {
    const path = folders.map((folder) => resolve(folder, name)).find((file) => existsSync(file));
    if (path !== undefined && majorVersion(await tryRun(path, ['--version'])) >= lowest)
      return { path, env: {} };
  }
  return undefined;
}

/**
 * The server from the PATH; else, on Debian and Ubuntu, the distribution's package, extracted into `.local/redis`.
 *
 * @throws LaunchError that says how to get one
 */
export async function redisProgram(): Promise<RedisProgram> {
  const installed = await programOnPath();
  if (installed !== undefined) return installed;
  const folder = join(localFolder, 'redis');
  try {
    await installOnce(folder, downloadRedisPackages);
  } catch (error) {
    throw new LaunchError(`${howToGetIt} (fetching the package failed: ${describeError(error)})`, {
      cause: error,
    });
  }
  return extractedProgram(folder);
}
