import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { freeze } from './process-tree.ts';

const stateOf = (pid: number) =>
  execFileSync('ps', ['-o', 'state=', '-p', String(pid)], { encoding: 'utf8' }).trim()[0];

test('a server is stopped with all below it, and woken', async () => {
  const shell = spawn('sh', ['-c', 'sleep 60 & echo $!; wait'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = await once(shell.stdout, 'data');
  const [parent, child] = [shell.pid ?? 0, Number(line)];
  try {
    const wake = await freeze(parent);
    await expectStates([parent, child], 'T');
    wake();
    await expectStates([parent, child], 'S');
  } finally {
    process.kill(child, 'SIGKILL');
    shell.kill('SIGKILL');
  }
});

async function expectStates(pids: readonly number[], state: string): Promise<void> {
  for (let look = 0; look < 100 && pids.some((pid) => stateOf(pid) !== state); look += 1)
    await new Promise((resolve) => setTimeout(resolve, 20));
  expect(pids.map(stateOf)).toEqual(pids.map(() => state));
}
