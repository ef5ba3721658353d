import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { crowdPromises } from './testing/crowd-promises.ts';
import { enterFromProcesses, ticketFaults } from './testing/enter-from-processes.ts';
import { openQueueServices, type QueueServices } from './testing/queue-services.ts';

crowdPromises(() => openQueueServices());

describe('the check itself finds', () => {
  let services: QueueServices;
  beforeAll(async () => {
    services = await openQueueServices();
  }, 60_000);
  afterAll(() => services.close());

  test('users who came in twice', async () => {
    const { entries } = await enterFromProcesses(services, 1_000, 'a user enters twice');
    expect(ticketFaults(entries, 1_000).join()).toMatch(/user \d+ has several tickets/);
  }, 90_000);

  test('a ticket that was given twice', async () => {
    const { entries } = await enterFromProcesses(services, 4_000, 'the ticket is counted outside the script');
    expect(ticketFaults(entries, 4_000).join()).toMatch(/ticket \d+ has several users/);
  }, 90_000);
});
