/** A share with the interval in which its true value lies with 95% confidence. */
export interface Rate {
  readonly perThousand: number;
  readonly lowPerThousand: number;
  readonly highPerThousand: number;
}

/** The 97.5% quantile of the normal distribution. */
const z = 1.959_963_984_540_054;

/**
 * The Wilson score interval, which stays sensible where nothing, or everything, was hit.
 *
 * @throws RangeError unless 0 ≤ hits ≤ runs and runs > 0
 */
export function wilson(hits: number, runs: number): Rate {
  if (!(runs > 0 && hits >= 0 && hits <= runs)) throw new RangeError(`${hits} of ${runs} is no share`);
  const share = hits / runs;
  const weight = 1 + z ** 2 / runs;
  const middle = (share + z ** 2 / (2 * runs)) / weight;
  const half = (z / weight) * Math.sqrt((share * (1 - share)) / runs + z ** 2 / (4 * runs ** 2));
  return {
    perThousand: share * 1_000,
    // Exact at the ends, where the arithmetic leaves a speck beyond them.
    lowPerThousand: hits === 0 ? 0 : (middle - half) * 1_000,
    highPerThousand: hits === runs ? 1_000 : (middle + half) * 1_000,
  };
}

/** The same, and of no runs that nothing is known. */
export const rateOf = (hits: number, runs: number): Rate =>
  runs === 0 ? { perThousand: 0, lowPerThousand: 0, highPerThousand: 1_000 } : wilson(hits, runs);

/**
 * The smallest value that so great a share of the values does not exceed (nearest rank).
 *
 * @param share in (0, 1]
 * @returns 0 when there are no values
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
