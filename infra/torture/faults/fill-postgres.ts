import { execFile, spawnSync } from 'node:child_process';
import { readFileSync, rmdirSync } from 'node:fs';
import { chown, mkdir, mkdtemp, open, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client, DatabaseError } from 'pg';
import { unprivilegedUser } from '../../local/services/postgres-user.ts';
import { isSystemError } from '../../local/system-error.ts';
import type { Fault } from './fault.ts';

const run = promisify(execFile);
const diskMb = 64;
const lockWithinMs = 5_000;
const chunk = Buffer.alloc(64 * 1_024);
/** Enough to need a page that the disk does not have. */
const probeRows = 1_000;
const diskFull = '53100';
/** CAP_SYS_ADMIN (capabilities(7)), without which nobody mounts a disk. */
const mayMountBit = 1n << 21n;

/** Whether this process may mount a disk: root, where it is not kept from it. */
export function mayMount(): boolean {
  if (process.platform !== 'linux') return false;
  const [, mask = '0'] = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return (BigInt(`0x${mask}`) & mayMountBit) !== 0n;
}

/**
 * The tables move to a small disk of their own, on which then not a byte is free: a statement that needs another page
 * is refused by Postgres itself. Afterwards there is space again, and they move back.
 */
export const fillPostgres: Fault = {
  name: 'fill-postgres',
  service: 'postgres',
  effect: 'shaky',
  lastsMs: [8_000, 11_000],
  async inject({ databaseUrl }) {
    await using stack = new AsyncDisposableStack();
    const { tables, filler } = await mountDisk(stack);
    const client = new Client({ connectionString: databaseUrl, lock_timeout: lockWithinMs });
    // The next query tells of a connection that broke.
    client.on('error', () => undefined);
    await client.connect();
    stack.defer(() => client.end());
    await client.query(`CREATE TABLESPACE small_disk LOCATION '${tables}'`);
    stack.defer(async () => void (await client.query('DROP TABLESPACE small_disk')));
    stack.defer(() => moveTables(client, 'pg_default'));
    await moveTables(client, 'small_disk');
    stack.defer(() => rm(filler));
    await fill(filler);
    await expectFull(client);
    const owned = stack.move();
    return () => owned.disposeAsync();
  },
};

/** Unmounted with the stack, or with this process if it comes to its end before. */
async function mountDisk(stack: AsyncDisposableStack) {
  const folder = await mkdtemp(join(tmpdir(), 'small-disk-'));
  stack.defer(() => rmdir(folder));
  await run('mount', ['-t', 'tmpfs', '-o', `size=${diskMb}m,mode=0755`, 'small-disk', folder]);
  // Of a run that is broken off nothing stays, whoever still has files open there.
  const abandon = () => {
    spawnSync('umount', ['--lazy', folder]);
    rmdirSync(folder);
  };
  process.once('exit', abandon);
  stack.defer(async () => {
    await run('umount', [folder]);
    process.off('exit', abandon);
  });
  const tables = join(folder, 'tables');
  await mkdir(tables);
  const account = await unprivilegedUser();
  if (account !== undefined) await chown(tables, account.uid, account.gid);
  return { tables, filler: join(folder, 'filler') };
}

/** One table after the other, each for itself: a sale is going on in them. */
async function moveTables(client: Client, tablespace: string): Promise<void> {
  const { rows } = await client.query<{ statement: string }>(
    `SELECT format('ALTER %s %I SET TABLESPACE %I', CASE relkind WHEN 'r' THEN 'TABLE' ELSE 'INDEX' END, relname, $1::text)
            AS statement
       FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i') ORDER BY relkind DESC, relname`,
    [tablespace],
  );
  for (const { statement } of rows) await client.query(statement);
}

async function fill(path: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (;;) await file.write(chunk);
  } catch (error) {
    if (!isSystemError(error, 'ENOSPC')) throw error;
  } finally {
    await file.close();
  }
}

/** @throws Error when there is space after all */
async function expectFull(client: Client): Promise<void> {
  await client.query('CREATE TEMPORARY TABLE probe (number integer) TABLESPACE small_disk');
  try {
    await client.query(`INSERT INTO probe SELECT generate_series(1, ${probeRows})`);
  } catch (error) {
    if (error instanceof DatabaseError && error.code === diskFull) return;
    throw error;
  } finally {
    await client.query('DROP TABLE probe');
  }
  throw new Error('the disk is not full');
}
