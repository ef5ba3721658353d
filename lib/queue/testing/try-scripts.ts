import fc from 'fast-check';
import { testSeed } from '../../testing/seed.ts';
import type { EditedClient, ReadFirst, ScriptEdit } from './edited-redis.ts';
import { loadScripts } from './load-scripts.ts';
import { type Trial, trial } from './queue-commands.ts';
import { QueueModel } from './queue-model.ts';
import type { QueueServices } from './queue-services.ts';
import { QueueTrial } from './queue-trial.ts';
import { createClockedPerformance } from './test-room.ts';

export interface TrialRuns {
  /** What a call removes or admits at most. */
  readonly batch: number;
  readonly numRuns: number;
  /** Trials at the same time; more than one when nobody wants the shortest failure, only that there is one. */
  readonly abreast?: number;
  readonly edit?: ScriptEdit;
  readonly readFirst?: ReadFirst | undefined;
  /** Makes another trial of each. */
  readonly change?: (trial: Trial) => Trial;
}

const seed = testSeed('the model of the waiting room');

/** Runs trials against scripts with this edit until one fails or all have passed. */
export async function tryScripts(services: QueueServices, runs: TrialRuns) {
  const { batch, numRuns, abreast = 1, edit = (source) => source, readFirst, change = (each) => each } = runs;
  const batched: ScriptEdit = (source) => edit(source.replace('local batch = 50', `local batch = ${batch}`));
  const redis = services.connect(batched, readFirst);
  await loadScripts({ ...services, redis });
  const trials = fc.array(trial.map(change), { minLength: abreast, maxLength: abreast });
  const property = fc.asyncProperty(trials, async (each) => {
    const ends = await Promise.allSettled(each.map((one) => runTrial(services, redis, one, batch)));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  });
  return await fc.check(property, { seed, numRuns, endOnFailure: abreast > 1, includeErrorInReport: true });
}

async function runTrial(
  services: QueueServices,
  redis: EditedClient,
  { commands, ...settings }: Trial,
  batch: number,
): Promise<void> {
  const { performanceId, clock } = await createClockedPerformance(services.db, redis, settings);
  const model = new QueueModel(
    {
      capacity: settings.capacity,
      admitPerSecond: settings.admitPerSecond,
      admissionMs: settings.admissionSeconds * 1_000,
      heartbeatMs: settings.heartbeatSeconds * 1_000,
      opensAtMs: clock.nowMs + settings.opensInMs,
      drawSeed: settings.drawSeed,
      paused: settings.paused,
      batch,
    },
    clock.nowUs,
  );
  await new QueueTrial({ ...services, redis }, { performanceId, clock, model, batch }).run(commands);
}
