import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const maxLooks = 5;

/** A process and all below it: Postgres serves each connection in a process of its own. */
async function treeOf(pid: number): Promise<number[]> {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=']);
  const pairs = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const tree = [pid];
  // Grows while it is walked: the children of each follow it.
  for (const parent of tree)
    for (const [child, of] of pairs) if (of === parent && child !== undefined) tree.push(child);
  return tree;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // It ended since the list was made: there is nothing to signal any more.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/**
 * Stops a server with SIGSTOP, and all its processes. The first is stopped first, so that it makes no new ones.
 *
 * @returns wakes them all
 */
export async function freeze(pid: number): Promise<() => void> {
  const frozen = new Set<number>();
  for (let look = 0; look < maxLooks; look += 1) {
    const fresh = (await treeOf(pid)).filter((each) => !frozen.has(each));
    if (fresh.length === 0) break;
    for (const each of fresh) {
      signal(each, 'SIGSTOP');
      frozen.add(each);
    }
  }
  return () => {
    for (const each of frozen) signal(each, 'SIGCONT');
  };
}
