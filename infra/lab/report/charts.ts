import type { CellResult } from '../run-cell.ts';

/** One line of a chart lies beside one row of its table. */
const width = 220;
const height = 18;
const middle = height / 2;

const number = (value: number) => value.toFixed(1);

/** Anomalies per 1,000: the share as a dot on its 95% interval. */
export function anomalyChart({ rate, runs }: CellResult): string {
  const x = (perThousand: number) => number(5 + (perThousand / 1_000) * (width - 10));
  const tone = rate.perThousand > 0 ? 'broken' : 'sound';
  return svg(
    `${number(rate.perThousand)} per 1,000, 95% interval ${number(rate.lowPerThousand)} to ${number(rate.highPerThousand)}, ${runs} runs`,
    `<line class="axis" x1="5" x2="${width - 5}" y1="${middle}" y2="${middle}"/>
     <line class="${tone} range" x1="${x(rate.lowPerThousand)}" x2="${x(rate.highPerThousand)}" y1="${middle}" y2="${middle}"/>
     <circle class="${tone}" cx="${x(rate.perThousand)}" cy="${middle}" r="4"/>`,
  );
}

/**
 * Median and 99th percentile of the latency, on a logarithmic scale that all rows of a table share.
 *
 * @param mostMs the right end of the scale
 */
export function latencyChart({ p50Ms, p99Ms }: CellResult, mostMs: number): string {
  const x = (ms: number) =>
    number(5 + (Math.log10(Math.max(ms, leastMs) / leastMs) / decades(mostMs)) * (width - 10));
  const ticks = powersOfTen(mostMs).map(
    (ms) => `<line class="axis" x1="${x(ms)}" x2="${x(ms)}" y1="2" y2="${height - 2}"/>`,
  );
  return svg(
    `p50 ${number(p50Ms)} ms, p99 ${number(p99Ms)} ms`,
    `${ticks.join('')}
     <line class="latency range" x1="${x(p50Ms)}" x2="${x(p99Ms)}" y1="${middle}" y2="${middle}"/>
     <circle class="latency" cx="${x(p50Ms)}" cy="${middle}" r="4"/>
     <line class="latency" x1="${x(p99Ms)}" x2="${x(p99Ms)}" y1="${middle - 4}" y2="${middle + 4}"/>`,
  );
}

const leastMs = 0.1;
const decades = (mostMs: number) => Math.max(1, Math.log10(mostMs / leastMs));

/** The ticks of the latency scale: 0.1 ms, 1 ms, 10 ms … */
function powersOfTen(mostMs: number): number[] {
  const ticks: number[] = [];
  for (let ms = leastMs; ms <= mostMs; ms *= 10) ticks.push(ms);
  return ticks;
}

const svg = (label: string, content: string) =>
  `<svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}"><title>${label}</title>${content}</svg>`;
