import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryOwn } from '../supervision/owner-lock.ts';

const waitMs = 10 * 60_000;
const lookEveryMs = 200;

/**
 * Makes sure that a folder is there, whole: it is filled beside its place and renamed. Of several processes that
 * want it at the same time one fills it and the others wait; should that one die, the next takes over.
 *
 * @param fill writes into the folder it is given
 * @throws what `fill` throws, or when another process has not finished after ten minutes
 */
export async function installOnce(folder: string, fill: (draft: string) => Promise<void>): Promise<void> {
  const endsAt = performance.now() + waitMs;
  while (!existsSync(folder)) {
    const attempt = tryOwn(`${folder}.lock`, basename(folder));
    if ('owner' in attempt) {
      if (performance.now() > endsAt)
        throw new Error(
          `process ${attempt.owner.pid} has been installing ${basename(folder)} for ten minutes`,
        );
      await sleep(lookEveryMs);
      continue;
    }
    try {
      if (!existsSync(folder)) await fillAndRename(folder, fill);
    } finally {
      attempt.release();
    }
  }
}

async function fillAndRename(folder: string, fill: (draft: string) => Promise<void>): Promise<void> {
  mkdirSync(dirname(folder), { recursive: true });
  const draft = mkdtempSync(join(dirname(folder), `${basename(folder)}.draft-`));
  try {
    // mkdtemp lets in its owner alone; what is installed is for every user of the clone.
    chmodSync(draft, 0o755);
    await fill(draft);
    renameSync(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}
