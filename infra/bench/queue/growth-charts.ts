import { colours, renderSvg } from '../../lab/report/svg.ts';
import type { GrowthPoint } from './growth.ts';

const { latency: blue, broken: red, soft } = colours;
const [width, height] = [760, 420];
const bytesPerMiB = 1_048_576;

interface Curve {
  readonly name: string;
  readonly colour: string;
  readonly dashed: boolean;
  readonly pick: (point: GrowthPoint) => number;
}

/** @returns an SVG document: what an entry and a poll take, against the length of the line */
export function latencyChart(points: readonly GrowthPoint[]): string {
  return draw(points, 'latency in ms, one call at a time', { type: 'value', min: 0 }, [
    { name: 'enter p50', colour: blue, dashed: false, pick: ({ enterP50Ms }) => enterP50Ms },
    { name: 'enter p99', colour: blue, dashed: true, pick: ({ enterP99Ms }) => enterP99Ms },
    { name: 'poll p50', colour: red, dashed: false, pick: ({ pollP50Ms }) => pollP50Ms },
    { name: 'poll p99', colour: red, dashed: true, pick: ({ pollP99Ms }) => pollP99Ms },
  ]);
}

/** @returns an SVG document: what the line takes of Redis's memory, beside a plain ZSET of the same members */
export function memoryChart(points: readonly GrowthPoint[]): string {
  return draw(points, 'memory in MiB', { type: 'log' }, [
    { name: 'the line', colour: blue, dashed: false, pick: ({ lineBytes }) => lineBytes / bytesPerMiB },
    {
      ...{ name: 'a plain ZSET', colour: red, dashed: true },
      pick: ({ plainBytes }) => plainBytes / bytesPerMiB,
    },
  ]);
}

function draw(
  points: readonly GrowthPoint[],
  title: string,
  scale: { readonly type: 'value' | 'log'; readonly min?: number },
  curves: readonly Curve[],
): string {
  const line = { lineStyle: { color: soft } };
  return renderSvg(
    { width, height, label: `${title}, against the people waiting` },
    {
      title: {
        text: title,
        left: 20,
        top: 8,
        textStyle: { color: soft, fontSize: 14, fontWeight: 'normal' },
      },
      legend: { top: 34, left: 60, itemGap: 20, textStyle: { color: soft } },
      grid: { left: 70, right: 40, top: 70, bottom: 56 },
      xAxis: {
        ...{ type: 'log', name: 'people waiting', nameLocation: 'middle', nameGap: 32, axisLine: line },
        axisLabel: { color: soft, formatter: (value: number) => value.toLocaleString('en') },
        ...{ min: points[0]?.waiting ?? 1, max: points.at(-1)?.waiting ?? 1 },
      },
      yAxis: {
        ...{ ...scale, axisLine: line, axisLabel: { color: soft } },
        splitLine: { lineStyle: { color: soft, opacity: 0.3 } },
      },
      series: curves.map(({ name, colour, dashed, pick }) => ({
        ...{ name, type: 'line', symbolSize: 7, color: colour },
        lineStyle: { type: dashed ? 'dashed' : 'solid' },
        data: points.map((point) => [point.waiting, pick(point)]),
      })),
    },
  );
}
