import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

const torture = fileURLToPath(new URL('../infra/torture/torture.ts', import.meta.url));
/** A run bounds itself; this is for the case that it does not. */
const runTimeoutMs = 240_000;

async function runTorture(
  ...options: readonly string[]
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  // kafkajs sets timers in the past, which Node warns of.
  const node = ['--disable-warning=TimeoutNegativeWarning'];
  const child = spawn(process.execPath, [...node, torture, ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: runTimeoutMs,
  });
  const exited = new Promise<number | null>((resolve) => {
    child.once('exit', resolve);
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await exited, stdout, stderr };
}

describe('npm run torture', () => {
  test('names its commands and faults', async () => {
    const help = await runTorture('--help');
    expect([help.code, help.stderr]).toEqual([0, '']);
    expect(help.stdout).toMatch(/faults .*\n.*crash .*\n.*soak /);
    const list = await runTorture('--faults', 'list');
    expect(list.stdout.split('\n')).toEqual(expect.arrayContaining(['kill-postgres', 'flush-redis']));
  });

  test('a wrong option or command is one line and exit code 2', async () => {
    const wrong = await runTorture('--faults', 'rain');
    expect([wrong.code, wrong.stdout]).toEqual([2, '']);
    expect(wrong.stderr).toMatch(/^torture: --faults: there is no rain, [^\n]+\n$/);
    expect(await runTorture('dance')).toMatchObject({ code: 2, stdout: '' });
  });

  test(
    'finds nothing when Redis is lost and Postgres killed during an on-sale',
    async () => {
      const faults = 'flush-redis,kill-postgres,black-hole-redis';
      const { code, stdout } = await runTorture('--faults', faults, '--seed', '5');
      expect(stdout).toContain('torture: seed 5');
      expect(stdout).toContain('3 of 3 faults injected, no anomaly');
      expect(code).toBe(0);
    },
    runTimeoutMs,
  );

  test.each([
    ['wallet-without-lock', /wallets not linearizable/],
    ['hold-without-condition', /seats not linearizable/],
  ])(
    'finds %s in what the clients saw',
    async (specimen, found) => {
      const { code, stdout } = await runTorture(
        '--faults',
        'cut-redis',
        '--sabotage',
        specimen,
        '--seed',
        '5',
      );
      expect(stdout).toMatch(found);
      expect(code).toBe(1);
    },
    runTimeoutMs,
  );
});
