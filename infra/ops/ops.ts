import { runCommand } from '../recovery/command-line.ts';
import { UsageError } from '../recovery/usage-error.ts';
import { runQueueCommand } from './queue.ts';

const usage = `npm run ops -- queue <performanceId> [--pause | --resume] [--capacity N] [--admit-per-second N]
  Shows the line of a performance: its length, rate, the admitted and who has waited longest; changes it first when told.
  --pause, --resume       admit nobody, or go on; nobody loses a place
  --capacity N            inside at once, 1 to 100000; nobody is thrown out
  --admit-per-second N    1 to 100000
Exits with 0, 1 when it failed, 2 for a wrong option.`;

process.exitCode = await runCommand('ops', usage, async ([subject, ...argv]) => {
  if (subject !== 'queue') throw new UsageError(`${subject ?? 'nothing'} is nothing to operate on`);
  return runQueueCommand(argv);
});
