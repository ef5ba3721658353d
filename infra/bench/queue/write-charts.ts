import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeMachine } from '../machine.ts';
import type { GrowthPoint } from './growth.ts';
import { latencyChart, memoryChart } from './growth-charts.ts';

/** Writes `latency.svg`, `memory.svg`, and `lengths.json` with the numbers of both, into a folder that is there. */
export async function writeCharts(folder: string, points: readonly GrowthPoint[]): Promise<void> {
  const numbers = JSON.stringify({ machine: describeMachine(), points }, null, 2);
  await Promise.all([
    writeFile(join(folder, 'latency.svg'), `${latencyChart(points)}\n`),
    writeFile(join(folder, 'memory.svg'), `${memoryChart(points)}\n`),
    writeFile(join(folder, 'lengths.json'), `${numbers}\n`),
  ]);
}
