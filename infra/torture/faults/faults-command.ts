import { Progress } from '../../demo/progress.ts';
import { listSpecimens } from '../../demo/sabotage.ts';
import type { Command, Surroundings } from '../command.ts';
import { openStage } from '../stage/open-stage.ts';
import { catalogue } from './catalogue.ts';
import { type FaultsOptions, readOptions, usage } from './options.ts';
import { planRounds } from './plan-rounds.ts';
import { roundLines, summaryLines } from './report.ts';
import { type RoundResult, runRound } from './run-round.ts';

/** `npm run torture -- faults`: an on-sale for each fault, with the fault in its middle. */
export const faultsCommand: Command = {
  summary: 'services killed, stopped, flushed, cut off and slowed during an on-sale',
  usage,
  async run(argv, surroundings) {
    const known = catalogue.map(({ name }) => name);
    if (argv.join(' ') === '--faults list') {
      console.log(known.join('\n'));
      return true;
    }
    const options = readOptions(argv, known, await listSpecimens());
    const results = await runAll(options, surroundings);
    if (options.json) console.log(JSON.stringify({ seed: options.seed, results }, undefined, 2));
    return results.length > 0 && results.every(({ anomalies }) => Object.keys(anomalies).length === 0);
  },
};

async function runAll(options: FaultsOptions, { out, interrupted }: Surroundings): Promise<RoundResult[]> {
  const { seed, sabotage, seconds } = options;
  out.write(`torture: seed ${seed}${sabotage === null ? '' : `, sabotage ${sabotage}`}\n`);
  const planned = planRounds(options);
  const endsAtMs = performance.now() + seconds * 1_000;
  const progress = new Progress(out);
  progress.begin('stack');
  const stage = await openStage({ sabotage, interrupted, listener: () => undefined }).finally(() =>
    progress.close(),
  );
  const results: RoundResult[] = [];
  try {
    for (const [index, { fault, random, name }] of planned.entries()) {
      if (index > 0 && performance.now() > endsAtMs) break;
      progress.begin(fault.name, () => `${index + 1} of ${planned.length}`);
      const round = runRound(stage, fault, random, name);
      const result = await Promise.race([round, rejectOn(interrupted)]);
      progress.close();
      out.write(`${roundLines(result).join('\n')}\n`);
      results.push(result);
    }
  } finally {
    progress.close();
    await stage.close();
  }
  out.write(`${summaryLines(results, planned.length).join('\n')}\n`);
  return results;
}

function rejectOn(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  // Raced a round at a time; an interruption after the last is nobody's business.
  promise.catch(() => undefined);
  return promise;
}
