import type { Db } from '../../lib/db/client.ts';
import { checkProjection } from './check-projection.ts';
import { readOptions, runCommand } from './command-line.ts';
import { rebuildFromPostgres } from './rebuild-from-postgres.ts';
import { rebuildFromTopic } from './rebuild-from-topic.ts';
import { rebuildRedis } from './rebuild-redis.ts';
import { openDatabase, openKafka, openRedis } from './servers.ts';
import { UsageError } from './usage-error.ts';

const usage = `npm run rebuild -- --from topic|postgres [--redis]
  --from topic      the seat map and the tickets, by every event that the topic still has
  --from postgres   the same, by the seats and reservations themselves
  --redis           the locks of held seats and the settings of the lines, from Postgres
Exits with 0 when all agrees afterwards, 1 when something does not or failed, 2 for a wrong option.`;

/** As long as the consumer may be behind. */
const catchUpWithinMs = 15_000;
const maxFaultsShown = 20;

async function rebuildProjection(db: Db, from: string): Promise<boolean> {
  if (from === 'topic') {
    const { RESERVATION_EVENTS_TOPIC: topic = 'reservation-events' } = process.env;
    const { events, unreadable } = await rebuildFromTopic(db, await openKafka(process.env), topic);
    console.log(`${topic}: ${events} events applied, ${unreadable} unreadable`);
  } else {
    const { seats, tickets } = await rebuildFromPostgres(db);
    console.log(`postgres: ${seats} seats of the map put right, ${tickets} tickets issued`);
  }
  const faults = await checkProjection(db, catchUpWithinMs);
  for (const { fault, seatId } of faults.slice(0, maxFaultsShown))
    console.error(`${seatId}: ${fault === 'map' ? 'the map says something else' : 'has no ticket'}`);
  console.log(faults.length === 0 ? 'checked: the projection agrees' : `checked: ${faults.length} faults`);
  return faults.length === 0;
}

async function rebuildCache(db: Db): Promise<boolean> {
  const redis = await openRedis(process.env);
  try {
    const { locks, lines, contended } = await rebuildRedis(db, redis);
    console.log(
      `redis: ${locks} locks put back, ${lines} lines begun anew, ${contended} locks in other hands`,
    );
    return contended === 0;
  } finally {
    redis.disconnect();
  }
}

process.exitCode = await runCommand('rebuild', usage, async (argv) => {
  const { from, redis } = readOptions(argv, {
    from: { type: 'string' },
    redis: { type: 'boolean', default: false },
  });
  if (from === undefined && !redis) throw new UsageError('--from or --redis is needed');
  if (from !== undefined && from !== 'topic' && from !== 'postgres')
    throw new UsageError(`--from: ${from} is neither topic nor postgres`);
  const db = openDatabase(process.env);
  try {
    const agrees = from === undefined || (await rebuildProjection(db, from));
    const isWhole = !redis || (await rebuildCache(db));
    return agrees && isWhole ? 0 : 1;
  } finally {
    await db.destroy();
  }
});
