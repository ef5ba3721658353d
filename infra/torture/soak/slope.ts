/** A value at a time. */
export interface Point {
  readonly atMs: number;
  readonly value: number;
}

/** How fast a value grows, with the interval in which the true slope lies with 95% confidence. */
export interface Slope {
  readonly perHour: number;
  readonly lowPerHour: number;
  readonly highPerHour: number;
  readonly mean: number;
}

const hourMs = 3_600_000;
/** The 97.5% quantile of the normal distribution; there are enough points not to need Student's. */
const z = 1.959_963_984_540_054;
export const leastPoints = 20;

/**
 * Least squares. Values that follow each other resemble each other, so that there are fewer independent ones than
 * values: the interval is widened by the autocorrelation of the residuals at lag 1, as of an AR(1) process.
 *
 * @throws RangeError for fewer than 20 points, or all at one time
 */
export function fitSlope(points: readonly Point[]): Slope {
  if (points.length < leastPoints) throw new RangeError(`${points.length} points are too few for a slope`);
  const count = points.length;
  const meanAtMs = sum(points.map(({ atMs }) => atMs)) / count;
  const mean = sum(points.map(({ value }) => value)) / count;
  const spread = sum(points.map(({ atMs }) => (atMs - meanAtMs) ** 2));
  if (spread === 0) throw new RangeError('all points are at one time');
  const slope = sum(points.map(({ atMs, value }) => (atMs - meanAtMs) * (value - mean))) / spread;
  const residuals = points.map(({ atMs, value }) => value - mean - slope * (atMs - meanAtMs));
  const squares = sum(residuals.map((residual) => residual ** 2));
  const half = z * Math.sqrt((squares / (count - 2) / spread) * inflation(residuals, squares));
  return {
    perHour: slope * hourMs,
    lowPerHour: (slope - half) * hourMs,
    highPerHour: (slope + half) * hourMs,
    mean,
  };
}

/** How many values count for one independent value. Never below one: luck is not to narrow the interval. */
function inflation(residuals: readonly number[], squares: number): number {
  if (squares === 0) return 1;
  const products = sum(residuals.slice(1).map((residual, index) => residual * (residuals[index] ?? 0)));
  const seen = products / squares;
  // A fitted line takes some of the noise for slope: what is seen is short of the truth by (2 + 4ρ)/n, after F. H. C.
  // Marriott and J. A. Pope, Biometrika 41 (1954).
  const correlation = Math.min(Math.max(seen + (2 + 4 * seen) / residuals.length, 0), 0.95);
  return (1 + correlation) / (1 - correlation);
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
