import { expect, test } from '@jest/globals';
import { judgeSamples, measureLines, type Sample } from './measures.ts';

/** Twenty minutes, a sample each ten seconds, the heap growing by so much an hour around a wobble. */
function samples(heapPerHour: number, wobble = 1): Sample[] {
  return Array.from({ length: 120 }, (_, index) => ({
    atMs: index * 10_000,
    heapMb: 80 + (heapPerHour * index) / 360 + wobble * ((index * 7) % 5),
    rssMb: 250,
    redisMb: 3,
    connections: 12,
    connectionsUnused: 0,
    outboxLagSeconds: 0,
  }));
}

const samplesPerMinute = 6;

const heapVerdict = (given: readonly Sample[]) =>
  judgeSamples(given, samplesPerMinute).find(({ measure }) => measure === 'heapMb')?.verdict;

test('flat is flat, a leak is a leak, and noise is no proof', () => {
  expect(heapVerdict(samples(0))).toBe('flat');
  expect(heapVerdict(samples(100))).toBe('grows');
  expect(heapVerdict(samples(20, 10))).toBe('undecided');
});

test('one connection that is never given back is not flat', () => {
  const verdicts = judgeSamples(
    samples(0).map((sample, index) => ({
      ...sample,
      connections: index < 60 ? 12 : 13,
      connectionsUnused: index < 60 ? 0 : 1,
    })),
    samplesPerMinute,
  );
  expect(verdicts.filter(({ verdict }) => verdict !== 'flat').map(({ measure }) => measure)).toEqual([
    'connections',
    'connectionsUnused',
  ]);
});

test('says each measure with its interval and bound', () => {
  const lines = measureLines(judgeSamples(samples(100), samplesPerMinute));
  expect(lines).toHaveLength(7);
  expect(lines[1]).toMatch(/^heapMb .* 20 {2}grows$/);
});
