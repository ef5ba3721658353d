import { protectionTexts } from '../registry.ts';
import type { CellResult } from '../run-cell.ts';
import { colours, renderSvg } from './svg.ts';

const width = 1_180;
const rowHeight = 24;
const headHeight = 44;
const footHeight = 34;

/**
 * One chart a hazard, a line a protection: on the left anomalies per 1,000 races, the dot on its 95% interval; on the
 * right the latency from the median to the 99th percentile, on a logarithmic scale.
 *
 * @returns an SVG element
 */
export function hazardChart(results: readonly CellResult[]): string {
  const height = headHeight + footHeight + results.length * rowHeight;
  const label = 'anomalies per 1,000 races and latency of each protection; the table below has the numbers';
  return renderSvg(
    { width, height, label },
    {
      title: [
        titled('anomalies per 1,000 races, 95% interval', 220),
        titled('latency in ms, p50 to p99', 730),
      ],
      grid: [
        { left: 220, width: 440, top: headHeight, bottom: footHeight },
        { left: 730, width: 420, top: headHeight, bottom: footHeight },
      ],
      xAxis: [
        { ...axis(0), type: 'value', min: 0, max: 1_000 },
        { ...axis(1), type: 'log', min: 0.1 },
      ],
      yAxis: [
        {
          ...axis(0),
          type: 'category',
          inverse: true,
          data: results.map(({ protection }) => titleOf(protection)),
        },
        {
          ...axis(1),
          type: 'category',
          inverse: true,
          data: results.map(({ protection }) => protection),
          show: false,
        },
      ],
      series: [...rangeAndDot(0, results.map(anomalies)), ...rangeAndDot(1, results.map(latency))],
    },
  );
}

interface Mark {
  readonly low: number;
  readonly at: number;
  readonly high: number;
  readonly colour: string;
}

const anomalies = ({ rate }: CellResult): Mark => ({
  low: rate.lowPerThousand,
  at: rate.perThousand,
  high: rate.highPerThousand,
  colour: rate.perThousand > 0 ? colours.broken : colours.sound,
});

const latency = ({ p50Ms, p99Ms }: CellResult): Mark => ({
  low: Math.max(p50Ms, 0.1),
  at: Math.max(p50Ms, 0.1),
  high: Math.max(p99Ms, 0.1),
  colour: colours.latency,
});

/** A range is a line of its own; the dot lies on it. */
const rangeAndDot = (side: 0 | 1, marks: readonly Mark[]) => [
  ...marks.map(({ low, high, colour }, row) => ({
    type: 'line' as const,
    xAxisIndex: side,
    yAxisIndex: side,
    symbol: 'none',
    lineStyle: { color: colour, width: 5, opacity: 0.45, cap: 'round' as const },
    data: [
      [low, row],
      [high, row],
    ],
  })),
  {
    type: 'scatter' as const,
    xAxisIndex: side,
    yAxisIndex: side,
    symbolSize: 9,
    data: marks.map(({ at, colour }, row) => ({ value: [at, row], itemStyle: { color: colour } })),
  },
];

const axis = (gridIndex: 0 | 1) => ({
  gridIndex,
  axisLabel: { color: colours.soft },
  axisTick: { show: false },
  splitLine: { show: true, lineStyle: { color: colours.soft, opacity: 0.2 } },
});

const titled = (text: string, left: number) => ({
  text,
  left,
  top: 8,
  textStyle: { color: colours.soft, fontSize: 13, fontWeight: 'normal' as const },
});

const titleOf = (protection: string) =>
  protectionTexts.find(({ name }) => name === protection)?.title ?? protection;
