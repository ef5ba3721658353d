import { join } from 'node:path';
import { LaunchError } from './launch-error.ts';
import { Launcher } from './launcher.ts';
import { localFolder } from './paths.ts';
import { tryOwn } from './supervision/owner-lock.ts';

/** A second signal within this time is the same Ctrl-C, which npm passes on once more. */
const sameSignalMs = 500;

function httpPort(): number {
  const { PORT = '3000' } = process.env;
  const port = /^\d{1,5}$/.test(PORT) ? Number(PORT) : 0;
  if (port < 1 || port > 65_535) throw new LaunchError(`PORT=${PORT} is not a port`);
  return port;
}

/** The first signal stops everything in order, a second one at once. */
function stopOnSignals(launcher: Launcher): void {
  let firstAt: number | undefined;
  const onSignal = () => {
    if (firstAt === undefined) {
      firstAt = performance.now();
      launcher.stop();
    } else if (performance.now() - firstAt > sameSignalMs) {
      process.exitCode = 130;
      launcher.kill();
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
}

async function main(): Promise<void> {
  const port = httpPort();
  const attempt = tryOwn(join(localFolder, 'dev.lock'), `http://127.0.0.1:${port}`);
  if ('owner' in attempt)
    throw new LaunchError(
      `one is running from this clone already: ${attempt.owner.note} (pid ${attempt.owner.pid})`,
    );
  try {
    const launcher = new Launcher(port, process.stdout);
    stopOnSignals(launcher);
    await launcher.run();
  } finally {
    attempt.release();
  }
}

try {
  await main();
} catch (error) {
  console.error(error instanceof LaunchError ? `dev: ${error.message}` : error);
  process.exitCode = 1;
}
// Sockets of a client that was cut off may outlive their owner's close by seconds; nothing is left to wait for.
process.exit();
