import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

const demo = fileURLToPath(new URL('../infra/demo/demo.ts', import.meta.url));

function runDemo(
  ...args: readonly string[]
): Promise<{ code: number | string; stdout: string; stderr: string }> {
  const { promise, resolve } = Promise.withResolvers<{
    code: number | string;
    stdout: string;
    stderr: string;
  }>();
  execFile(process.execPath, [demo, ...args], (error, stdout, stderr) => {
    resolve({ code: error?.code ?? 0, stdout, stderr });
  });
  return promise;
}

describe('npm run demo', () => {
  test('--help explains and starts nothing', async () => {
    const { code, stdout } = await runDemo('--help');
    expect(code).toBe(0);
    expect(stdout).toContain('--sabotage NAME');
  });

  test('a wrong option is one line and exit code 2', async () => {
    const { code, stdout, stderr } = await runDemo('--users', 'many');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^demo: --users: [^\n]+\n$/);
  });

  test('an unknown sabotage names the known ones', async () => {
    const { code, stderr } = await runDemo('--sabotage', 'luck');
    expect(code).toBe(2);
    expect(stderr).toContain('wallet-without-lock');
  });
});
