import { hazards, protectionTexts } from '../registry.ts';
import type { CellResult } from '../run-cell.ts';
import type { TroubledResult } from '../trouble/run-trouble.ts';

/** What the troubles did, for a terminal; a line a cell. */
export function troubleTable(results: readonly TroubledResult[]): string[] {
  return results.map(
    ({ trouble, hazard, protection, anomalies, runs, unservedRuns, expects, isAsExpected, failedShare }) => {
      const silent = unservedRuns === 0 ? '' : `, ${unservedRuns} runs in which nobody was`;
      const counted = `${anomalies} anomalies in ${runs} runs (expected: ${expects}), ${(failedShare * 100).toFixed(0)}% unserved${silent}`;
      return `${trouble.padEnd(8)} ${hazard.padEnd(16)} ${protection.padEnd(24)} ${counted}${isAsExpected ? '' : '  FAILED'}`;
    },
  );
}

const header = [
  'protection',
  'runs',
  'anomalies/1,000 (95%)',
  'expected',
  'ops/s',
  'p50 ms',
  'p99 ms',
  'Redis',
  'SQL',
  'conn ms',
  'refused',
  '',
];

/** The table of one hazard, for a terminal. */
export function hazardTable(hazard: string, results: readonly CellResult[]): string[] {
  const title = hazards.find(({ name }) => name === hazard)?.title ?? hazard;
  const rows = [header, ...results.map(rowOf)];
  const widths = header.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((text, column) =>
        column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  return ['', title, ...lines];
}

const titleOf = (protection: string) =>
  protectionTexts.find(({ name }) => name === protection)?.title ?? protection;

function rowOf(result: CellResult): string[] {
  const { perThousand, lowPerThousand, highPerThousand } = result.rate;
  return [
    titleOf(result.protection),
    String(result.runs),
    `${perThousand.toFixed(0)} (${lowPerThousand.toFixed(0)}–${highPerThousand.toFixed(0)})`,
    result.expects === 'none' ? 'none' : 'some',
    result.operationsPerSecond.toFixed(0),
    result.p50Ms.toFixed(1),
    result.p99Ms.toFixed(1),
    result.commandsPerOperation.toFixed(1),
    result.statementsPerOperation.toFixed(1),
    result.connectionMsPerOperation.toFixed(1),
    `${(result.refusedShare * 100).toFixed(0)}%`,
    result.isAsExpected
      ? 'ok'
      : `FAILED${result.firstAnomaly === undefined ? '' : `: ${result.firstAnomaly}`}`,
  ];
}
