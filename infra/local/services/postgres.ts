import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { run } from '../installs/run.ts';
import { commandLine } from '../supervision/process-identity.ts';
import type { Service } from '../supervision/service.ts';
import { spawnServer } from '../supervision/spawn-server.ts';
import type { PostgresPlace } from './postgres-place.ts';

const user = 'concert';
/** Exists in every cluster from the start. */
const database = 'postgres';

export interface PostgresOptions {
  readonly place: PostgresPlace;
  readonly logFile: string;
  readonly port: number;
  readonly throwAway: boolean;
}

/** Connects and runs SELECT 1. Rejects unless it is answered within 2 s. */
export async function queryPostgres(databaseUrl: string): Promise<void> {
  const client = new Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: 2_000,
    query_timeout: 1_000,
  });
  // A connection that breaks while idle is reported by the next query.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
  } finally {
    await client.end();
  }
}

/**
 * Creates the cluster unless it is there, under a password of its own; beside its place and then renamed, so that
 * an interrupted start leaves no half cluster.
 */
export async function initialisePostgres({ programs, folder, user: account }: PostgresPlace): Promise<void> {
  if (existsSync(join(folder, 'data'))) return;
  const draft = mkdtempSync(join(folder, 'draft-'));
  const passwordFile = join(draft, 'password');
  writeFileSync(passwordFile, randomBytes(18).toString('base64url'), { mode: 0o600 });
  if (account !== undefined)
    for (const each of [draft, passwordFile]) chownSync(each, account.uid, account.gid);
  const options = [
    '--auth=scram-sha-256',
    `--username=${user}`,
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
  ];
  await run(programs.initdb, [`--pgdata=${join(draft, 'cluster')}`, `--pwfile=${passwordFile}`, ...options], {
    timeoutMs: 60_000,
    cwd: folder,
    user: account,
  });
  renameSync(passwordFile, join(folder, 'password'));
  renameSync(join(draft, 'cluster'), join(folder, 'data'));
  rmSync(draft, { recursive: true });
}

/** The address of the cluster; to be asked after `initialisePostgres`. */
export function postgresUrl({ folder }: PostgresPlace, port: number): string {
  return `postgres://${user}:${readFileSync(join(folder, 'password'), 'utf8')}@127.0.0.1:${port}/${database}`;
}

/**
 * A killed server leaves its lock file. Postgres itself compares the pid in it with the living ones and gives way
 * to any process that has the number now; only a server of the same data is worth giving way to.
 */
async function removeStaleLock(dataFolder: string): Promise<void> {
  const lock = join(dataFolder, 'postmaster.pid');
  if (!existsSync(lock)) return;
  const [pid = ''] = readFileSync(lock, 'utf8').split('\n');
  if (commandLine(Number(pid))?.includes(dataFolder) !== true) rmSync(lock, { force: true });
}

/** Postgres on a loopback port, without a Unix socket; `throwAway` gives up what only a power cut needs. */
export function postgresService({ place, logFile, port, throwAway }: PostgresOptions): Service {
  const dataFolder = join(place.folder, 'data');
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: 200,
    shared_buffers: '64MB',
    // A server that is killed still keeps all that it has acknowledged: the system has it, if not the disk.
    ...(throwAway ? { fsync: 'off' } : {}),
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return {
    name: 'postgres',
    logFile,
    readyWithinMs: 30_000,
    // Smart shutdown waits for clients and fast one does not; immediate leaves recovery to a start that never comes.
    stopSignal: throwAway ? 'SIGQUIT' : 'SIGINT',
    stopWithinMs: 10_000,
    beforeStart: () => removeStaleLock(dataFolder),
    launch: () =>
      spawnServer({
        command: place.programs.postgres,
        args: ['-D', dataFolder, ...args],
        logFile,
        cwd: place.folder,
        user: place.user,
      }),
    check: () => queryPostgres(postgresUrl(place, port)),
  };
}
