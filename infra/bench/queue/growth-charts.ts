import * as echarts from 'echarts';
import type { GrowthPoint } from './growth.ts';

/** Readable on a light and on a dark page. */
const colours = ['#4a7fd4', '#d98a3d'];
const soft = '#8a919b';
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
  const [enter = soft, poll = soft] = colours;
  return draw(points, 'latency in ms, one call at a time', { type: 'value', min: 0 }, [
    { name: 'enter p50', colour: enter, dashed: false, pick: ({ enterP50Ms }) => enterP50Ms },
    { name: 'enter p99', colour: enter, dashed: true, pick: ({ enterP99Ms }) => enterP99Ms },
    { name: 'poll p50', colour: poll, dashed: false, pick: ({ pollP50Ms }) => pollP50Ms },
    { name: 'poll p99', colour: poll, dashed: true, pick: ({ pollP99Ms }) => pollP99Ms },
  ]);
}

/** @returns an SVG document: what the line takes of Redis's memory, beside a plain ZSET of the same members */
export function memoryChart(points: readonly GrowthPoint[]): string {
  const [line = soft, plain = soft] = colours;
  return draw(points, 'memory in MiB', { type: 'log' }, [
    { name: 'the line', colour: line, dashed: false, pick: ({ lineBytes }) => lineBytes / bytesPerMiB },
    {
      ...{ name: 'a plain ZSET', colour: plain, dashed: true },
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
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  const line = { lineStyle: { color: soft } };
  try {
    chart.setOption({
      animation: false,
      backgroundColor: 'transparent',
      textStyle: { color: soft, fontFamily: 'system-ui, sans-serif' },
      title: { text: title, textStyle: { color: soft, fontSize: 14, fontWeight: 'normal' } },
      legend: { top: 24, textStyle: { color: soft } },
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
    });
    return chart
      .renderToSVGString()
      .replace('<svg ', `<svg role="img" aria-label="${title}, against the people waiting" `);
  } finally {
    chart.dispose();
  }
}
