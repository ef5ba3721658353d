import { constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { tryRun } from '../installs/run.ts';
import { LaunchError } from '../launch-error.ts';

/** The account under which Postgres, which refuses to run as root, is started. */
export interface UnprivilegedUser {
  readonly uid: number;
  readonly gid: number;
}

/** Accounts that systems have; the first that exists is taken. */
const candidates = ['postgres', 'nobody'] as const;

/**
 * The account to switch to when this process is root; undefined when it is not and Postgres can simply be started.
 *
 * @throws LaunchError when we are root and the system has no such account
 */
export async function unprivilegedUser(): Promise<UnprivilegedUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of candidates) {
    const ids = await Promise.all([tryRun('id', ['-u', name]), tryRun('id', ['-g', name])]);
    const [uid, gid] = ids.map(Number);
    if (uid !== undefined && gid !== undefined && uid > 0 && gid > 0) return { uid, gid };
  }
  throw new LaunchError(
    'Postgres does not run as root, and there is no account postgres or nobody: useradd postgres',
  );
}

/** Whether the account may enter a folder: some clones lie below a folder that only root may enter. */
export function canReach(folder: string, { uid, gid }: UnprivilegedUser): boolean {
  for (let each = folder; ; each = dirname(each)) {
    const { mode, uid: owner, gid: group } = statSync(each);
    const bit = owner === uid ? constants.S_IXUSR : group === gid ? constants.S_IXGRP : constants.S_IXOTH;
    if ((mode & bit) === 0) return false;
    if (each === dirname(each)) return true;
  }
}
