import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { type PrivateCluster, privateCluster } from '../../infra/bench/private-cluster.ts';
import { admissionPromises } from './testing/admission-promises.ts';
import { crowdPromises } from './testing/crowd-promises.ts';
import { entryPromises } from './testing/entry-promises.ts';
import { openQueueServices, type QueueServices } from './testing/queue-services.ts';
import { tryScripts } from './testing/try-scripts.ts';

/** A fifth of those on one server: the scripts are the same, and what differs is how they are reached. */
const runs = Math.ceil(Number(process.env['QUEUE_MODEL_RUNS'] ?? 300) / 5);

let cluster: PrivateCluster;
beforeAll(async () => {
  cluster = await privateCluster();
}, 60_000);
afterAll(() => cluster.close());

const open = () => openQueueServices({ url: cluster.url, cluster: true });

describe('on three nodes', () => {
  describe('entering', () => {
    entryPromises(open);
  });
  describe('admission', () => {
    admissionPromises(open);
  });
  describe('a crowd', () => {
    crowdPromises(open);
  });

  describe('the scripts', () => {
    let services: QueueServices;
    beforeAll(async () => {
      services = await open();
    }, 60_000);
    afterAll(() => services.close());

    test.each([50, 2])(
      `answer as the model does: ${runs} random sequences, batch %i`,
      async (batch) => {
        const details = await tryScripts(services, { batch, numRuns: Math.ceil(runs / 2) });
        expect(details.failed ? fc.defaultReportMessage(details) : '').toBe('');
      },
      Math.max(600_000, runs * 200),
    );

    test('have run on every node', async () => {
      const sizes = await Promise.all(
        cluster.nodes.map(async ({ url }) => {
          const node = new Redis(url);
          const keys = await node.dbsize();
          node.disconnect();
          return keys;
        }),
      );
      expect(sizes).toHaveLength(3);
      expect(Math.min(...sizes)).toBeGreaterThan(0);
    });
  });
});
