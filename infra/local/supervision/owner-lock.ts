import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isSystemError } from '../system-error.ts';
import { isAlive, ownIdentity, type ProcessIdentity } from './process-identity.ts';

/** Who holds a lock file, with a note for those who find it held. */
export interface LockOwner extends ProcessIdentity {
  readonly note: string;
}

export type LockAttempt = { readonly release: () => void } | { readonly owner: LockOwner };

const attempts = 20;

function readOwner(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Released between our attempt and this look.
    return undefined;
  }
}

/** Takes a dead owner's lock away, unless somebody has put a new one in its place meanwhile. */
function removeStale(file: string, seen: string): void {
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
    if (readFileSync(aside, 'utf8') !== seen) linkSync(aside, file);
  } catch {
    // Another process was faster; the next attempt looks again.
  } finally {
    rmSync(aside, { force: true });
  }
}

/**
 * Tries once to become the owner of a lock file. The file appears complete or not at all, and a lock whose
 * owner has died, however it died, is free.
 *
 * @param note kept in the file for others, e.g. an address
 */
export function tryOwn(file: string, note: string): LockAttempt {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${randomUUID()}`;
  const content = JSON.stringify({ ...ownIdentity(), note });
  writeFileSync(draft, content);
  try {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      try {
        linkSync(draft, file);
        return { release: () => readOwner(file) === content && rmSync(file, { force: true }) };
      } catch (error) {
        if (!isSystemError(error, 'EEXIST')) throw error;
      }
      const seen = readOwner(file);
      if (seen === undefined) continue;
      // Written by this very function, whole.
      const owner = JSON.parse(seen) as LockOwner;
      if (isAlive(owner)) return { owner };
      removeStale(file, seen);
    }
    throw new Error(`${file}: taken and released ${attempts} times while we tried`);
  } finally {
    rmSync(draft, { force: true });
  }
}
