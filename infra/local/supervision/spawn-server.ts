import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

/** What `spawn` needs to know about a server. */
export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly logFile: string;
  readonly cwd?: string;
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
}

/**
 * Starts a server in a process group of its own, so that Ctrl-C on the terminal reaches the launcher alone and
 * the servers stop in its order. Both outputs go to the end of the log file.
 */
export function spawnServer({ command, args, logFile, cwd, env = {}, user }: ServerCommand): ChildProcess {
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'a');
  try {
    return spawn(command, args, {
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, ...env },
      ...(cwd === undefined ? {} : { cwd }),
      ...user,
    });
  } finally {
    closeSync(log);
  }
}
