import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { queueKeys } from '../../redis/keys.ts';
import { enterFromProcesses, ticketFaults } from './enter-from-processes.ts';
import type { QueueServices } from './queue-services.ts';

/** What holds when a crowd comes through many processes at once, on whatever Redis `open` gives. */
export function crowdPromises(open: () => Promise<QueueServices>): void {
  let services: QueueServices;
  beforeAll(async () => {
    services = await open();
  }, 60_000);
  afterAll(() => services.close());

  describe('8 processes with 500 entries each at once', () => {
    test.each([4_000, 1_000])(
      'give %i people one place each, with the tickets from 1 on',
      async (people) => {
        const { performanceId, entries, retries } = await enterFromProcesses(services, people);
        expect(entries).toHaveLength(4_000);
        expect(ticketFaults(entries, people)).toEqual([]);
        // Who had to ask twice may not have heard that the first time was it.
        const created = entries.filter((entry) => entry.created).length;
        expect(created).toBeGreaterThanOrEqual(people - retries);
        const redis = services.connect();
        const keys = queueKeys(performanceId);
        expect(await redis.zcard(keys.admitted)).toBe(10);
        expect(await redis.zcard(keys.line)).toBe(people - 10);
        const { line_epoch } = await services.db
          .selectFrom('performances')
          .where('performance_id', '=', performanceId)
          .select('line_epoch')
          .executeTakeFirstOrThrow();
        expect(line_epoch).toBe(1);
      },
      90_000,
    );
  });
}
