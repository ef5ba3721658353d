import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end.
 *
 * @throws when it is missing, fails, or takes longer than `timeoutMs`; the message has the end of its output
 */
export async function run(
  command: string,
  args: readonly string[],
  {
    timeoutMs,
    cwd,
    env = {},
    user,
  }: {
    timeoutMs: number;
    cwd?: string;
    env?: Readonly<Record<string, string>>;
    user?: { uid: number; gid: number } | undefined;
  },
): Promise<RunResult> {
  try {
    return await execute(command, args, {
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      maxBuffer: 16 * 1024 * 1024,
      env: { ...process.env, ...env },
      ...(cwd === undefined ? {} : { cwd }),
      ...user,
    });
  } catch (error) {
    // promisify adds the outputs to the error.
    const { stdout = '', stderr = '', message } = error as Error & Partial<RunResult>;
    const tail = `${stdout}\n${stderr}`.trim().split('\n').slice(-4).join(' | ');
    throw new Error(tail === '' ? message : `${command}: ${tail}`, { cause: error });
  }
}

/** The outputs of a program that may be missing or fail: undefined then. */
export async function tryRun(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await run(command, args, { timeoutMs: 20_000, env });
    return stdout + stderr;
  } catch {
    // The caller asked whether it can be run; it cannot.
    return undefined;
  }
}
