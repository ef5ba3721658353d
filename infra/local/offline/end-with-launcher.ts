import { isAlive, type ProcessIdentity } from '../supervision/process-identity.ts';

const lookEveryMs = 1_000;

/** Ends this process, in order, when the launcher that started it is gone; started by hand, it lives on its own. */
export function endWithLauncher({ LAUNCHER }: NodeJS.ProcessEnv): void {
  if (LAUNCHER === undefined) return;
  // Written by startApp.
  const launcher = JSON.parse(LAUNCHER) as ProcessIdentity;
  const timer = setInterval(() => {
    if (isAlive(launcher)) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, lookEveryMs);
  timer.unref();
}
