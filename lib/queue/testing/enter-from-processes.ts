import { join } from 'node:path';
import { testProcess } from '../../testing/child-process.ts';
import type { QueueServices } from './queue-services.ts';
import { createPerformance } from './test-room.ts';

const program = join(import.meta.dirname, 'entrant.ts');
const processCount = 8;
const entriesEach = 500;
const capacity = 10;
const endsWithinMs = 60_000;

interface Entry {
  readonly user: number;
  readonly ticket: number;
  readonly created: boolean;
}

/**
 * 8 processes enter 500 times each at once, all together the same number of times each of `people`; the line is not
 * even open before.
 *
 * @param mutant name of the protection that is broken, see `scriptMutants`
 */
export async function enterFromProcesses(services: QueueServices, people: number, mutant?: string) {
  const { redisUrl, databaseUrl, db } = services;
  // So long that a slow machine loses nobody.
  const patient = { heartbeatSeconds: 3_600, admissionSeconds: 3_600 };
  const performanceId = await createPerformance(db, { ...patient, capacity, admitPerSecond: capacity });
  const kind = mutant ?? (services.cluster ? 'cluster' : 'server');
  const processes = Array.from({ length: processCount }, (_, index) => {
    const first = ((index * entriesEach) % people) + 1;
    return testProcess(program, redisUrl, kind, databaseUrl, performanceId, entriesEach, first, people);
  });
  try {
    await Promise.all(processes.map((each) => each.hears('ready', endsWithinMs)));
    for (const each of processes) each.signal('SIGUSR2');
    const lists = await Promise.all(processes.map((each) => each.hears('entered', endsWithinMs)));
    const retries = await Promise.all(processes.map((each) => each.hears('retries', endsWithinMs)));
    const entries = lists.flatMap(parseEntries);
    return { performanceId, entries, retries: retries.reduce((sum, each) => sum + Number(each), 0) };
  } finally {
    await Promise.all(processes.map((each) => each.end()));
  }
}

function parseEntries(line: string): Entry[] {
  // Printed by entrant.ts.
  const rows = JSON.parse(line) as [number, number, boolean][];
  return rows.map(([user, ticket, created]) => ({ user, ticket, created }));
}

/** What is wrong with the tickets that `people` users were given: nothing, when they are 1 to n and one each. */
export function ticketFaults(entries: readonly Entry[], people: number): string[] {
  const ticketsOf = Map.groupBy(entries, ({ user }) => user);
  const usersOf = Map.groupBy(entries, ({ ticket }) => ticket);
  const distinct = (values: readonly number[]) => new Set(values).size;
  return [
    ...[...ticketsOf]
      .filter(([, each]) => distinct(each.map(({ ticket }) => ticket)) > 1)
      .map(([user]) => `user ${user} has several tickets`),
    ...[...ticketsOf]
      .filter(([, each]) => each.filter(({ created }) => created).length > 1)
      .map(([user]) => `user ${user} came in several times`),
    ...[...usersOf]
      .filter(([, each]) => distinct(each.map(({ user }) => user)) > 1)
      .map(([ticket]) => `ticket ${ticket} has several users`),
    ...Array.from({ length: people }, (_, index) => index + 1)
      .filter((ticket) => !usersOf.has(ticket))
      .map((ticket) => `nobody has ticket ${ticket}`),
    ...(ticketsOf.size === people ? [] : [`${ticketsOf.size} users of ${people}`]),
  ];
}
