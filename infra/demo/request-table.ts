import { type Exchange, slugOf } from '../audit/exchange.ts';

/** Requests by kind: how many, with which outcomes, and how long they took in ms. Nothing here is judged. */
export function requestTable(exchanges: readonly Exchange[]): string[] {
  const rows = [...Map.groupBy(exchanges, ({ kind }) => kind)].map(([kind, same]) => {
    const times = same
      .filter(({ outcome }) => outcome.type === 'answer')
      .map(({ sentAtMs, endedAtMs }) => endedAtMs - sentAtMs)
      .toSorted((a, b) => a - b);
    return [
      kind,
      String(same.length),
      ...[50, 95, 99].map((percent) => percentile(times, percent)),
      outcomesOf(same),
    ];
  });
  return align([['request', 'count', 'p50 ms', 'p95 ms', 'p99 ms', 'outcomes'], ...rows]);
}

/** The nearest-rank percentile of sorted times, or `-` when there are none. */
export function percentile(sorted: readonly number[], percent: number): string {
  const value = sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
  return value === undefined ? '-' : value.toFixed(value < 10 ? 1 : 0);
}

function outcomesOf(exchanges: readonly Exchange[]): string {
  const counts = [...Map.groupBy(exchanges, outcomeOf)].map(([outcome, same]) => ({
    outcome,
    count: same.length,
  }));
  return counts
    .toSorted((a, b) => b.count - a.count)
    .map(({ outcome, count }) => `${outcome} × ${count}`)
    .join(', ');
}

function outcomeOf({ outcome }: Exchange): string {
  if (outcome.type === 'unknown') return outcome.reason;
  return [outcome.status, slugOf(outcome.text), outcome.replayed ? 'replayed' : null]
    .filter(Boolean)
    .join(' ');
}

/** Columns of equal width: words to the left, numbers to the right. */
function align(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => {
        if (column === row.length - 1) return cell;
        return column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
      })
      .join('  '),
  );
}
