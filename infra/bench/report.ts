/** One line of a bench: a figure of ours, what it is held against, and what the ratio of the two should be. */
export interface BenchResult {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  /** The yardstick, measured in the same run, or a number that is not to be passed. */
  readonly limit: number | null;
  /** `ours / limit`. */
  readonly ratio: number | null;
  /** About the ratio, as `≥ 0.9` or `≤ 1`. */
  readonly target: string | null;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly detail: string;
}

export interface BenchReport {
  readonly machine: Readonly<Record<string, string | number>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly results: readonly BenchResult[];
}

/** @returns undefined when there is no target @throws Error for a target that cannot be read */
export function isMet({ ratio, target }: Pick<BenchResult, 'ratio' | 'target'>): boolean | undefined {
  if (target === null) return undefined;
  const [, relation, bound] = /^([≥≤]) (\d+(?:\.\d+)?)$/.exec(target) ?? [];
  if (relation === undefined) throw new Error(`not a target: ${target}`);
  // What could not be measured has not met its target.
  if (ratio === null) return false;
  return relation === '≥' ? ratio >= Number(bound) : ratio <= Number(bound);
}

/** Three digits that count are what such a measurement is good for. */
export const round = (value: number) => (Number.isFinite(value) ? Number(value.toPrecision(3)) : 0);

/** `ours / limit`, or null when there is nothing to divide by. */
export const ratioOf = (ours: number, limit: number) => {
  const ratio = ours / limit;
  return Number.isFinite(ratio) ? round(ratio) : null;
};

/** What was measured for a line of a bench, before it is rounded and held against its yardstick. */
export type MeasuredRow = Pick<BenchResult, 'name' | 'unit' | 'ours' | 'detail'> & {
  readonly limit: number;
  readonly target?: string;
};

/** @param times of the calls behind the figure, where they say something */
export function resultOf(
  row: MeasuredRow,
  times: { readonly p50Ms: number; readonly p99Ms: number } | null,
): BenchResult {
  return {
    name: row.name,
    unit: row.unit,
    // What is counted is exact.
    ours: Number.isInteger(row.ours) ? row.ours : round(row.ours),
    limit: Number.isInteger(row.limit) ? row.limit : round(row.limit),
    ratio: ratioOf(row.ours, row.limit),
    target: row.target ?? null,
    p50Ms: times && round(times.p50Ms),
    p99Ms: times && round(times.p99Ms),
    detail: row.detail,
  };
}

const verdicts = { true: 'met', false: 'MISSED', undefined: '' };
const heading = ['', 'ours', 'limit', 'ratio', 'target', '', 'p50 ms', 'p99 ms', 'unit', 'detail'];
const textColumns = new Set([0, 8, 9]);

/** The report for a terminal. */
export function formatTable({ machine, versions, results }: BenchReport): string {
  const rows = results.map((result) =>
    [
      result.name,
      result.ours,
      result.limit,
      result.ratio,
      result.target,
      verdicts[`${isMet(result)}`],
      result.p50Ms,
      result.p99Ms,
      result.unit,
      result.detail,
    ].map((cell) => String(cell ?? '')),
  );
  const table = [heading, ...rows];
  const widths = heading.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const lines = table.map((row) =>
    row
      .map((cell, column) =>
        textColumns.has(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  const facts = [machine, versions].map((each) =>
    Object.entries(each)
      .map(([name, value]) => `${name} ${value}`)
      .join(', '),
  );
  return [...facts, '', ...lines].join('\n');
}
