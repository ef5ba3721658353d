/**
 * Run as a process beside a launcher, which holds the other end of its standard input. When that end closes
 * without a word, the launcher has died, however it died, and what it started is cleaned up here.
 *
 * node guard.ts FOLDER kept|throw-away
 */
import { text } from 'node:stream/consumers';
import { cleanUpStack } from './clean-up.ts';
import { isAlive } from './process-identity.ts';
import { readRecord } from './process-record.ts';
import { becomesTrue } from './wait.ts';

/** The system closes a dying process's files before it lets it end. */
const launcherEndMs = 10_000;

const [folder = '', kind] = process.argv.slice(2);
// Signals of the terminal are for the launcher.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

const lastWord = await text(process.stdin);
const record = readRecord(folder);
if (lastWord === '' && record !== undefined) {
  await becomesTrue(() => !isAlive(record.owner), launcherEndMs);
  await cleanUpStack(folder, { throwAway: kind === 'throw-away' });
}
