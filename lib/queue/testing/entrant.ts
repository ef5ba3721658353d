import { createDatabase } from '../../db/client.ts';
import type { PerformanceId } from '../../ids.ts';
import { createRedis } from '../../redis/client.ts';
import { EditedRedis } from './edited-redis.ts';
import { enterAgain } from './enter-again.ts';
import { scriptMutants } from './script-mutants.ts';
import { ticketOf, userNumbered } from './test-room.ts';

/**
 * A process of a test: enters many users at once when it gets SIGUSR2. Prints `ready`, then `entered` and a list of
 * [user number, ticket, created] in JSON, then `retries <count>`.
 *
 * node entrant.ts <redis url> <cluster | server | name of a mutant> <database url> <performance> <count> <first> <people>
 *   enters `count` times: the users from number `first` on, and after number `people` those from 1 on
 */
const [redisUrl = '', kind = '', databaseUrl = '', performance = '', ...numbers] = process.argv.slice(2);
const [count = 0, first = 0, people = 1] = numbers.map(Number);
const say = (line: string) => process.stdout.write(`${line}\n`);

const mutant = scriptMutants.find(({ name }) => name === kind);
const redis = mutant
  ? new EditedRedis(redisUrl, mutant.edit, mutant.readFirst)
  : createRedis({ url: redisUrl, cluster: kind === 'cluster' });
const db = createDatabase({ url: databaseUrl, poolMax: 1 });
// Ids are branded strings: the test that starts this has made the performance.
const performanceId = performance as PerformanceId;
let retries = 0;

async function enter(user: number): Promise<[number, number, boolean]> {
  const services = { redis, db, receiptKey: 'a key of the tests' };
  const entered = await enterAgain(services, { performanceId, userId: userNumbered(user) });
  retries += entered.retries;
  return [user, ticketOf(entered.place), entered.created];
}

await redis.ping();
const begun = new Promise<void>((resolve) => process.once('SIGUSR2', () => resolve()));
say('ready');
await begun;
const users = Array.from({ length: count }, (_, index) => ((first - 1 + index) % people) + 1);
const entries = await Promise.all(users.map((user) => enter(user)));
say(`entered ${JSON.stringify(entries)}`);
say(`retries ${retries}`);
redis.disconnect();
await db.destroy();
