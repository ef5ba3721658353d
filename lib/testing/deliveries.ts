import { expect } from '@jest/globals';
import type { SeatCloudEvent } from '../events/seat-event.ts';
import { readTopic } from './topic.ts';

/** The versions of each seat in the order in which they were first delivered, and where. */
export async function deliveredOn(name: string) {
  const records = await readTopic(name);
  const seats = Map.groupBy(records, ({ key }) => key);
  return [...seats].map(([seat, own]) => {
    const versions = own.map(({ value }) => (JSON.parse(value) as SeatCloudEvent).data.version);
    return {
      seat,
      partitions: new Set(own.map(({ partition }) => partition)).size,
      first: versions.filter((version, index) => versions.indexOf(version) === index),
      count: versions.length,
    };
  });
}

/** Every seat in one partition, and its versions first delivered in their order from 1 on. */
export function expectInOrder(delivered: Awaited<ReturnType<typeof deliveredOn>>): void {
  expect(delivered.length).toBeGreaterThan(0);
  for (const { partitions, first } of delivered) {
    expect(partitions).toBe(1);
    expect(first).toEqual(first.map((_each, index) => index + 1));
  }
}
