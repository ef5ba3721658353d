import type { Progress } from '../demo/progress.ts';
import type { StackUrls } from '../local/stack.ts';
import { type Lab, openLab } from './laboratory.ts';
import type { LabOptions } from './options.ts';
import { hazards } from './registry.ts';
import { describeMachine, describeVersions, type LabResults } from './results.ts';
import { type CellResult, runCell } from './run-cell.ts';
import { leftOut, plannedRaces, runTroubles, type TroubledResult } from './trouble/run-trouble.ts';

/** In place of the usual runs, where an anomaly is due and has not come. */
const patience = 30;

export interface LabListener {
  readonly progress?: Pick<Progress, 'begin'>;
  /** Ends the run after the cell under way. */
  readonly interrupted?: AbortSignal;
  /** Hears of each hazard when all of its cells are done. */
  readonly done?: (hazard: string, results: readonly CellResult[]) => void;
  /** Hears of each cell that was raced under a trouble. */
  readonly struck?: (result: TroubledResult) => void;
}

/** Races every cell of the table, one after the other. */
export async function runLab(
  urls: StackUrls,
  { runs, troubledRuns, seed }: Pick<LabOptions, 'runs' | 'troubledRuns' | 'seed'>,
  listener: LabListener = {},
): Promise<LabResults> {
  const startedMs = performance.now();
  await using stack = new AsyncDisposableStack();
  const lab = await openLab(urls, seed, stack);
  const cells = await raceCells(lab, runs, listener);
  const troubled =
    troubledRuns === 0 ? [] : await raceUnderTrouble(urls, { runs: troubledRuns, seed }, listener);
  return {
    takenAt: new Date().toISOString(),
    seed,
    runsPerCell: runs,
    elapsedSeconds: (performance.now() - startedMs) / 1_000,
    machine: describeMachine(),
    versions: await describeVersions(lab),
    cells,
    troubledRunsPerCell: troubledRuns,
    troubled,
    leftOut: troubledRuns === 0 ? [] : leftOut,
  };
}

async function raceCells(
  lab: Lab,
  runs: number,
  { progress, interrupted, done }: LabListener,
): Promise<CellResult[]> {
  const plan = { runs, mostRuns: runs * patience };
  const total = hazards.reduce((sum, { cells }) => sum + cells.length, 0);
  const results: CellResult[] = [];
  let current = '';
  progress?.begin('racing', () => `${results.length} of ${total} cells; ${current}`);
  for (const { name, cells } of hazards) {
    for (const cell of cells) {
      interrupted?.throwIfAborted();
      current = `${name} / ${cell.protection}`;
      results.push(await runCell(lab, cell, plan));
    }
    done?.(name, results.slice(-cells.length));
  }
  return results;
}

async function raceUnderTrouble(
  urls: StackUrls,
  options: { readonly runs: number; readonly seed: number },
  { progress, interrupted, struck }: LabListener,
): Promise<TroubledResult[]> {
  let [count, last] = [0, ''];
  progress?.begin('trouble', () => `${count} of ${plannedRaces.length} cells; ${last}`);
  return runTroubles(urls, { ...options, interrupted }, (result) => {
    const { trouble, hazard, protection, anomalies, runs } = result;
    count += 1;
    last = `${trouble}, ${hazard} / ${protection}: ${anomalies} anomalies in ${runs} runs`;
    struck?.(result);
  });
}

/** What a cell that is not as expected says about the run, in one line each. */
export function failures({ cells, troubled }: Pick<LabResults, 'cells' | 'troubled'>): string[] {
  const results = [
    ...cells,
    ...troubled.map((result) => ({ ...result, hazard: `${result.hazard}, ${result.trouble}` })),
  ];
  return results
    .filter(({ isAsExpected }) => !isAsExpected)
    .map(({ hazard, protection, expects, runs, anomalies, firstAnomaly }) => {
      const cell = `${hazard} / ${protection}`;
      if (runs === 0 && anomalies === 0) return `${cell}: nobody was served in any run`;
      return expects === 'anomalies'
        ? `${cell}: the control shows no anomaly in ${runs} runs`
        : `${cell}: ${anomalies} anomalies in ${runs} runs, the first: ${firstAnomaly}`;
    });
}
