import type { KafkaMessage } from 'kafkajs';
import { readOptions, runCommand, wholeNumber } from './command-line.ts';
import { type DeadLetter, type ReplayReport, replayDeadLetters } from './replay-dead-letters.ts';
import { parseRange, replayRecords } from './replay-records.ts';
import { openKafka } from './servers.ts';
import { topicsWithDeadLetters } from './topics-with-dead-letters.ts';
import { UsageError } from './usage-error.ts';

const defaultLimit = 10_000;
const usage = `npm run replay-dlq -- [options]
  --topic NAME   only the dead letters of this topic (all that have some)
  --limit N      no more than so many of a topic (${defaultLimit})
  --records TOPIC-PARTITION:FIRST-LAST
                 these records of the topic itself, as a message of the queue on AWS names them; again each time
  --dry-run      show them, change nothing
Exits with 0 when every letter was published again, 1 when one could not be or something failed, 2 for a wrong option.`;

const done = (dryRun: boolean) => (dryRun ? 'would be replayed' : 'replayed');

function describeLetter(topic: string, { offset, key, origin, replays }: DeadLetter): string {
  const before = replays === 0 ? '' : `, replayed ${replays} times before`;
  if (origin === undefined)
    return `${topic}: letter ${offset} (${key}) names no record of it: left where it is`;
  return `${topic}-${origin.partition} offset ${origin.offset} (${key})${before}: ${origin.reason}`;
}

function describeReport(
  topic: string,
  { replayed, unreadable, left }: ReplayReport,
  dryRun: boolean,
): string {
  const rest = [
    ...(unreadable > 0 ? [`${unreadable} unreadable`] : []),
    ...(left > 0 ? [`${left} left behind the limit`] : []),
  ];
  return [`${topic}: ${replayed} ${done(dryRun)}`, ...rest].join(', ');
}

process.exitCode = await runCommand('replay-dlq', usage, async (argv) => {
  const options = readOptions(argv, {
    topic: { type: 'string' },
    limit: { type: 'string', default: String(defaultLimit) },
    records: { type: 'string' },
    'dry-run': { type: 'boolean', default: false },
  });
  const { 'dry-run': dryRun } = options;
  const limit = wholeNumber('limit', options.limit, 1_000_000);
  const range = options.records === undefined ? undefined : parseRange(options.records);
  if (range !== undefined && options.topic !== undefined)
    throw new UsageError('--records names its topic itself');
  const kafka = await openKafka(process.env);
  if (range !== undefined) {
    const listener = ({ offset, key }: KafkaMessage) =>
      console.log(`${range.topic}-${range.partition} offset ${offset} (${key?.toString() ?? ''})`);
    const count = await replayRecords(kafka, range, { dryRun, listener });
    console.log(`${range.topic}: ${count} ${done(dryRun)}`);
    return 0;
  }
  let unreadable = 0;
  for (const topic of await topicsWithDeadLetters(kafka, options.topic)) {
    const listener = (letter: DeadLetter) => console.log(describeLetter(topic, letter));
    const report = await replayDeadLetters(kafka, { topic, limit, dryRun, listener });
    console.log(describeReport(topic, report, dryRun));
    unreadable += report.unreadable;
  }
  return unreadable > 0 ? 1 : 0;
});
