import type { RoundResult } from './run-round.ts';

/** Enough to see the pattern; the JSON has them all. */
const anomaliesShown = 8;

/** What one round was, and what it found. */
export function roundLines(result: RoundResult): string[] {
  const { fault, lastedMs, recoveryMs, requests, unavailable, unanswered, soldSeats, histories, notTried } =
    result;
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
  const judged = histories.map(
    (each) =>
      `${each.histories} ${each.kind} of ${each.operations} operations (${each.unknown} unknown${each.excused > 0 ? `, ${each.excused} refusals left out` : ''})`,
  );
  return [
    `${fault.padEnd(20)} ${seconds(lastedMs)}, well again after ${seconds(recoveryMs)}; ` +
      `${requests.up} requests in calm, ${requests.under} under it, ${requests.between} between; ` +
      `${unavailable} × 503, ${unanswered} unanswered; ${soldSeats} seats sold`,
    `${''.padEnd(20)} ${judged.join('; ')}`,
    ...(notTried.length > 0 ? [`${''.padEnd(20)} not asked under it: ${notTried.join(', ')}`] : []),
    ...anomalyLines(result),
  ];
}

function anomalyLines({ anomalies }: RoundResult): string[] {
  const lines = Object.entries(anomalies).map(([what, times]) => `  ANOMALY ${times} × ${what}`);
  const more = lines.length - anomaliesShown;
  return [...lines.slice(0, anomaliesShown), ...(more > 0 ? [`  ANOMALY and ${more} more`] : [])];
}

/** A row a fault: how often it was tried, and what was found. */
export function summaryLines(results: readonly RoundResult[], planned: number): string[] {
  const rows = [...Map.groupBy(results, ({ fault }) => fault)].map(([fault, same]) => {
    const requests = same.reduce(
      (sum, { requests: { up, under, between } }) => sum + up + under + between,
      0,
    );
    const found = same.reduce(
      (sum, { anomalies }) => sum + Object.values(anomalies).reduce((a, b) => a + b, 0),
      0,
    );
    return `${fault.padEnd(20)} ${String(same.length).padStart(5)} ${String(requests).padStart(9)} ${String(found).padStart(10)}`;
  });
  const bad = results.filter(({ anomalies }) => Object.keys(anomalies).length > 0).length;
  return [
    '',
    `${'fault'.padEnd(20)} tries  requests  anomalies`,
    ...rows.toSorted(),
    '',
    `torture: ${results.length} of ${planned} faults injected, ${bad === 0 ? 'no anomaly' : `anomalies under ${bad}`}`,
  ];
}
