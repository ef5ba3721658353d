import { moments } from './crash-gate.ts';
import type { Crash } from './run-crash.ts';
import type { MatrixResult } from './run-matrix.ts';

const headings = [
  'operation',
  'steps',
  'trials',
  'killed',
  'not killed at',
  'anomalies',
  'repeated within s',
];

/**
 * What became of each operation, a line each. Steps are those of a process that nobody killed; what of them was killed
 * at is told by what they asked for, since the same is not always asked for in the same place.
 */
export function matrixTable(crashes: readonly Crash[]): string[] {
  const rows = [...Map.groupBy(crashes, ({ operation }) => operation)].map(([operation, own]) => {
    const killed = own.filter(({ crashed }) => crashed);
    const steps = own.find(({ point }) => point === undefined)?.labels ?? [];
    return [
      operation,
      steps.length,
      own.length,
      killed.length,
      countMissed(steps, killed),
      own.filter(({ anomalies }) => anomalies.length > 0).length,
      (Math.max(...own.map(({ repeatedMs }) => repeatedMs)) / 1_000).toFixed(1),
    ].map(String);
  });
  const table = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return table.map((row) => row.map(pad).join('  '));
}

/** How many moments of different steps nobody was killed at. */
function countMissed(steps: readonly string[], killed: readonly Crash[]): number {
  const missed = new Set(steps.flatMap((label) => moments.map((moment) => `${moment} ${label}`)));
  for (const { point, labels } of killed) {
    if (point !== undefined) missed.delete(`${point.moment} ${labels[point.step]}`);
  }
  return missed.size;
}

/** Everything that was left wrong: where the process was killed, and what was wrong; and what the audit says. */
export function anomalyLines({ crashes, violations }: MatrixResult): string[] {
  const ofTrials = crashes.flatMap(({ operation, point, labels, anomalies }) => {
    const where =
      point === undefined
        ? 'the answer was not heard'
        : `killed at step ${point.step}, ${point.moment}: ${labels[point.step] ?? 'the end'}`;
    return anomalies.map((anomaly) => `${operation}, ${where}: ${anomaly}`);
  });
  return [...ofTrials, ...violations];
}
