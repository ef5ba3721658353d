import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { EditedRedis, ScriptEdit } from './testing/edited-redis.ts';
import { loadScripts } from './testing/load-scripts.ts';
import { type Trial, trial } from './testing/queue-commands.ts';
import { QueueModel } from './testing/queue-model.ts';
import { openQueueServices, type QueueServices } from './testing/queue-services.ts';
import { QueueTrial } from './testing/queue-trial.ts';
import { scriptMutants } from './testing/script-mutants.ts';
import { createClockedPerformance } from './testing/test-room.ts';

const runs = Number(process.env['QUEUE_MODEL_RUNS'] ?? 300);
const mutantRuns = 1_000;
/** Trials of a mutant at the same time: nobody wants its shortest failure, only that there is one. */
const abreast = 4;

/** As the scripts have it, and one so small that every bound is met all the time. */
const batches = [100, 2] as const;

const withBatch =
  (batch: number): ScriptEdit =>
  (source) =>
    source.replace('local batch = 100', `local batch = ${batch}`);

let services: QueueServices;
beforeAll(async () => {
  services = await openQueueServices();
}, 60_000);
afterAll(() => services.close());

/** Runs trials against scripts with this edit until one fails or all have passed. */
async function tryScripts(edit: ScriptEdit, batch: number, numRuns: number, trialsARun: number) {
  const redis = services.connect((source) => edit(withBatch(batch)(source)));
  await loadScripts({ ...services, redis });
  const trials = fc.array(trial, { minLength: trialsARun, maxLength: trialsARun });
  const property = fc.asyncProperty(trials, async (each) => {
    const ends = await Promise.allSettled(each.map((one) => runTrial(redis, one, batch)));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  });
  const endOnFailure = trialsARun > 1;
  return await fc.check(property, { numRuns, endOnFailure, includeErrorInReport: true });
}

async function runTrial(redis: EditedRedis, { commands, ...settings }: Trial, batch: number): Promise<void> {
  const { performanceId, clock } = await createClockedPerformance(services.db, redis, settings);
  const model = new QueueModel(
    {
      capacity: settings.capacity,
      admitPerSecond: settings.admitPerSecond,
      admissionMs: settings.admissionSeconds * 1_000,
      heartbeatMs: settings.heartbeatSeconds * 1_000,
      opensAtMs: clock.nowMs + settings.opensInMs,
      paused: settings.paused,
      batch,
    },
    clock.nowUs,
  );
  await new QueueTrial({ ...services, redis }, { performanceId, clock, model, batch }).run(commands);
}

const unchanged: ScriptEdit = (source) => source;

describe('the scripts answer as the model does', () => {
  test.each(batches)(
    `${runs} random sequences, batch %i`,
    async (batch) => {
      const details = await tryScripts(unchanged, batch, Math.ceil(runs / batches.length), 1);
      // The report names the seed and the shortest sequence that fails.
      expect(details.failed ? fc.defaultReportMessage(details) : '').toBe('');
    },
    600_000,
  );
});

describe('the model catches', () => {
  test.each(scriptMutants)(
    '$name',
    async ({ edit }) => {
      const small = await tryScripts(edit, 2, mutantRuns, abreast);
      const found = small.failed ? small : await tryScripts(edit, 100, mutantRuns, abreast);
      // A script that does not even run would prove nothing: the answers must differ.
      expect(`seed ${found.seed}: ${String(found.errorInstance)}`).toMatch(/AssertionError/);
    },
    120_000,
  );
});
