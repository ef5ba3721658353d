import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { QueueCommand } from './testing/queue-commands.ts';
import { openQueueServices, type QueueServices } from './testing/queue-services.ts';
import { scriptMutants } from './testing/script-mutants.ts';
import { tryScripts } from './testing/try-scripts.ts';

/** `QUEUE_MODEL_RUNS=10000 npm test -- queue-model -t 'as the model does'` runs more sequences. */
const runs = Number(process.env['QUEUE_MODEL_RUNS'] ?? 300);
/** On a machine that has much else to do. */
const msARun = 200;
const mutantRuns = 1_000;
const abreast = 4;

/** As the scripts have it, and one so small that every bound is met all the time. */
const batches = [50, 2] as const;

let services: QueueServices;
beforeAll(async () => {
  services = await openQueueServices();
}, 60_000);
afterAll(() => services.close());

describe('the scripts answer as the model does', () => {
  test.each(batches)(
    `${runs} random sequences, batch %i`,
    async (batch) => {
      const details = await tryScripts(services, { batch, numRuns: Math.ceil(runs / batches.length) });
      // The report names the seed and the shortest sequence that fails.
      expect(details.failed ? fc.defaultReportMessage(details) : '').toBe('');
    },
    Math.max(600_000, runs * msARun),
  );
});

describe('the model catches', () => {
  test.each(scriptMutants)(
    '$name',
    async ({ edit, readFirst }) => {
      const mutant = { edit, readFirst, numRuns: mutantRuns, abreast };
      const small = await tryScripts(services, { ...mutant, batch: 2 });
      const found = small.failed ? small : await tryScripts(services, { ...mutant, batch: 50 });
      // A script that does not even run would prove nothing: the answers must differ.
      expect(`seed ${found.seed}: ${String(found.errorInstance)}`).toMatch(/AssertionError/);
    },
    120_000,
  );
});

describe('what is read outside the script', () => {
  const alone = (command: QueueCommand) => command.do !== 'together' || command.requests.length === 1;

  test.each(scriptMutants.filter(({ readFirst }) => readFirst !== undefined))(
    'is right while calls come one after another: $name',
    async ({ edit, readFirst }) => {
      const details = await tryScripts(services, {
        ...{ edit, readFirst, batch: 50, numRuns: 50, abreast },
        change: (trial) => ({ ...trial, commands: trial.commands.filter(alone) }),
      });
      expect(details.failed ? fc.defaultReportMessage(details) : '').toBe('');
    },
    60_000,
  );
});
