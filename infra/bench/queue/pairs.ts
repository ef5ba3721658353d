/** How many times ours and the yardstick take turns. */
export const pairCount = 5;

/** Two figures of one moment. */
export interface Pair {
  readonly ours: number;
  readonly limit: number;
  /** Of our calls. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** The pair whose ratio lies in the middle, whole, so that its ratio is that of its figures. */
export function medianPair(pairs: readonly Pair[]): Pair {
  const sorted = pairs.toSorted((a, b) => a.ours / a.limit - b.ours / b.limit);
  const median = sorted[Math.floor(sorted.length / 2)];
  if (median === undefined) throw new Error('there are no pairs');
  return median;
}
