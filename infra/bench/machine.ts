import { readFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import * as v from 'valibot';
import type { RedisClient } from '../../lib/redis/client.ts';
import type { BenchReport } from './report.ts';

const bytesPerGiB = 2 ** 30;

/** What figures of a machine depend on. */
export function describeMachine(): BenchReport['machine'] {
  const [first] = cpus();
  return {
    cpu: first?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / bytesPerGiB),
    os: `${type()} ${release().split('-')[0]}`,
  };
}

const manifest = v.object({ dependencies: v.object({ ioredis: v.string(), redlock: v.string() }) });

/** The runtime, the server that was asked, and the packages as they are pinned. One INFO. */
export async function describeVersions(redis: RedisClient): Promise<BenchReport['versions']> {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { dependencies } = v.parse(manifest, JSON.parse(text));
  const info = await redis.info('server');
  const server = /^(?:valkey|redis)_version:(\S+)/m.exec(info)?.[1] ?? 'unknown';
  return { node: process.versions.node, redis: server, ...dependencies };
}
