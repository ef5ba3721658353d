import { setTimeout as sleep } from 'node:timers/promises';
import { Progress } from '../../demo/progress.ts';
import type { Command, Surroundings } from '../command.ts';
import { openSale } from '../load/sale.ts';
import { openStage, type TortureStage } from '../stage/open-stage.ts';
import { payPercent } from './errand.ts';
import { judgeSamples, measureLines, type Sample } from './measures.ts';
import { readOptions, type SoakOptions, usage } from './options.ts';
import { openSampler } from './sampler.ts';
import { type LoadCounts, SteadyLoad } from './steady-load.ts';

const sampleEveryMs = 5_000;
/** Caches fill, code is compiled and pools open: so much of the run is not judged. */
const warmUpShare = 0.25;
const seatsPerRow = 100;
const mostSeats = 10_000;
/** Below the limit of 20 seats that a person may have. */
const seatsPerUser = 12;

/** `npm run torture -- soak`: whether anything grows under a steady load. */
export const soakCommand: Command = {
  summary: 'mixed load at a steady rate; memory, connections and lag must stay flat',
  usage,
  async run(argv, surroundings) {
    const options = readOptions(argv);
    const { out, interrupted } = surroundings;
    out.write(
      `torture: soak, ${options.minutes} min at ${options.rate} errands a second, seed ${options.seed}\n`,
    );
    const progress = new Progress(out);
    progress.begin('stack');
    const listener = () => undefined;
    const stage = await openStage({ sabotage: null, interrupted, listener }).finally(() => progress.close());
    try {
      return judge(await soak(stage, options, progress, surroundings), options, surroundings);
    } finally {
      progress.close();
      await stage.close();
    }
  },
};

interface Soaked {
  readonly samples: readonly Sample[];
  readonly counts: LoadCounts;
  readonly soldSeats: number;
}

async function soak(
  stage: TortureStage,
  { minutes, rate, seed }: SoakOptions,
  progress: Progress,
  { interrupted }: Surroundings,
): Promise<Soaked> {
  const expectedSales = minutes * 60 * rate * (payPercent / 100) * 1.5;
  const seats = Math.min(Math.ceil(expectedSales * 1.5) + 500, mostSeats);
  const sale = await openSale(stage, { rows: Math.ceil(seats / seatsPerRow), seatsPerRow });
  const sampler = await openSampler(stage);
  const users = Math.max(50, Math.ceil(expectedSales / seatsPerUser));
  const load = await SteadyLoad.start(stage, sale, { users, rate, seed });
  const samples: Sample[] = [];
  progress.begin(
    'soak',
    () => `${load.counts.requests} requests, ${sale.soldSeats} seats sold, ${samples.length} samples`,
  );
  try {
    const endsAtMs = performance.now() + minutes * 60_000;
    for (let nextMs = performance.now(); nextMs < endsAtMs; nextMs += sampleEveryMs) {
      await sleep(Math.max(0, nextMs - performance.now()), undefined, { signal: interrupted });
      samples.push(await sampler.sample());
    }
    return { samples, counts: await load.end(), soldSeats: sale.soldSeats };
  } finally {
    await load.end();
    await sampler.close();
  }
}

function judge(
  { samples, counts, soldSeats }: Soaked,
  { seed, json }: SoakOptions,
  { out }: Surroundings,
): boolean {
  const judged = samples.slice(Math.floor(samples.length * warmUpShare));
  const measures = judgeSamples(judged, 60_000 / sampleEveryMs);
  const { requests, errands, shed, unavailable, unanswered, crashed, strangers } = counts;
  const bad = shed + unavailable + unanswered + crashed + strangers;
  const growing = measures.filter(({ verdict }) => verdict !== 'flat');
  const verdict = [
    growing.length === 0
      ? 'all flat'
      : `not shown to be flat: ${growing.map(({ measure }) => measure).join(', ')}`,
    bad === 0 ? 'every request answered' : `${bad} requests not answered as they should`,
    ...(soldSeats > 0 ? [] : ['nothing was sold']),
  ];
  out.write(
    [
      `${requests} requests in ${errands} errands, ${shed} not run; ${unavailable} × 503, ${crashed} × other 5xx, ${strangers} × 401, ${unanswered} unanswered; ${soldSeats} seats sold`,
      ...measureLines(measures),
      `torture: ${verdict.join('; ')}`,
      '',
    ].join('\n'),
  );
  if (json) console.log(JSON.stringify({ seed, counts, measures, samples }, undefined, 2));
  return growing.length === 0 && bad === 0 && soldSeats > 0;
}
