import { setTimeout as sleep } from 'node:timers/promises';
import { batchWithinMs } from '../../../../lib/events/relay-outbox.ts';
import type { SeatId } from '../../../../lib/ids.ts';
import { releaseHold } from '../../../../lib/seats/release-hold.ts';
import { admitUser, giveHold, openHall, seatsOf } from '../../../../lib/testing/people.ts';
import { readTopic } from '../../../audit/topic.ts';
import type { CrashWorld } from '../crash-world.ts';
import type { Invocation } from '../invocation.ts';
import { type CrashOperation, differences } from '../operation.ts';

/** The lease of the one that was killed, which the next has to wait for, and much time to spare. */
const publishedWithinMs = 30_000;
const readWithinMs = 20_000;
const pauseMs = 50;
/** What the function keeps for its last batch and its leases, and the moment in which it begins one. */
const remainingMs = batchWithinMs + 4_000 + 300;

const invocation: Invocation = { functionName: 'relay-outbox', event: {}, remainingMs };

/** Two seats with three events and two; nothing but these waits in the outbox, and no relay that died before. */
async function fillOutbox(world: CrashWorld): Promise<SeatId[]> {
  await world.pool.query('DELETE FROM outbox');
  await world.pool.query('UPDATE relay_leases SET ends_at = clock_timestamp()');
  const hall = await openHall(world);
  const user = await admitUser(world, hall);
  const { holdId } = await giveHold(world, hall, user, 'A-1', 'A-2');
  await releaseHold(world, user, holdId);
  await giveHold(world, hall, user, 'A-1');
  return seatsOf(hall, 'A-1', 'A-2');
}

async function countWaiting({ pool }: CrashWorld): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM outbox WHERE published_at IS NULL',
  );
  return rows[0]?.count ?? 0;
}

/** The versions of each seat in the order in which they were delivered first. */
async function firstDeliveries(
  { urls, eventsTopic }: CrashWorld,
  seatIds: readonly SeatId[],
): Promise<number[][]> {
  const brokers = { brokers: urls.kafkaBrokers.split(',') };
  const versions = new Map(seatIds.map((seatId) => [String(seatId), new Set<number>()]));
  await readTopic(brokers, eventsTopic, readWithinMs, ({ key, value }) => {
    // Written by `record-events.ts`.
    const { data } = JSON.parse(value) as { data: { version: number } };
    versions.get(key)?.add(data.version);
  });
  return [...versions.values()].map((each) => [...each]);
}

/** One batch of the relay. The schedule starts another process; what was published already may be so again. */
export const relayBatch: CrashOperation = {
  name: 'relay-batch',
  async stage(world, survivor) {
    const seatIds = await fillOutbox(world);
    return {
      invocation,
      repeat: async () => {
        const untilMs = performance.now() + publishedWithinMs;
        while ((await countWaiting(world)) > 0 && performance.now() < untilMs) {
          await survivor.invoke(invocation);
          await sleep(pauseMs);
        }
      },
      audit: async () =>
        differences(
          { waiting: await countWaiting(world), delivered: await firstDeliveries(world, seatIds) },
          {
            waiting: 0,
            delivered: [
              [1, 2, 3],
              [1, 2],
            ],
          },
        ),
    };
  },
};
