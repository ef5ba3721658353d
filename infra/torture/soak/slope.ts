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
/** The 97.5% quantile of the normal distribution. */
const z = 1.959_963_984_540_054;
/** So many more than there are steps in the rhythm. */
const leastPoints = 15;

/**
 * Least squares, with a mean of its own for each step of a rhythm: what comes and goes with every round is neither
 * slope nor noise. After R. Frisch and F. V. Waugh, Econometrica 1 (1933), the means are taken from times and values alike.
 *
 * Values that follow each other resemble each other, so that there are fewer independent ones than values: the interval
 * is widened by the autocorrelation of the residuals at lag 1, as of an AR(1) process.
 *
 * @param rhythm how many points make a round; 1 when nothing is known to come and go
 * @throws RangeError for fewer than 15 points more than the rhythm has, or all at one time
 */
export function fitSlope(points: readonly Point[], rhythm = 1): Slope {
  const count = points.length;
  if (count < rhythm + leastPoints) throw new RangeError(`${count} points are too few for a slope`);
  const values = points.map(({ value }) => value);
  const atMs = withoutRhythm(
    points.map((point) => point.atMs),
    rhythm,
  );
  const spread = sum(atMs.map((at) => at ** 2));
  if (spread === 0) throw new RangeError('all points are at one time');
  const around = withoutRhythm(values, rhythm);
  const slope = sum(around.map((value, index) => value * (atMs[index] ?? 0))) / spread;
  const residuals = around.map((value, index) => value - slope * (atMs[index] ?? 0));
  const squares = sum(residuals.map((residual) => residual ** 2));
  const freedom = count - rhythm - 1;
  const half =
    studentQuantile(freedom) * Math.sqrt((squares / freedom / spread) * inflation(residuals, squares));
  return {
    perHour: slope * hourMs,
    lowPerHour: (slope - half) * hourMs,
    highPerHour: (slope + half) * hourMs,
    mean: sum(values) / count,
  };
}

/** The 97.5% quantile of Student's distribution, by the expansion of E. A. Cornish and R. A. Fisher: to 0.1% here. */
const studentQuantile = (freedom: number) =>
  z + (z ** 3 + z) / (4 * freedom) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2);

/** Each value less the mean of all that stand at the same step of the rhythm. */
function withoutRhythm(values: readonly number[], rhythm: number): number[] {
  const means = Array.from({ length: rhythm }, (_, step) => {
    const alike = values.filter((__, index) => index % rhythm === step);
    return sum(alike) / alike.length;
  });
  return values.map((value, index) => value - (means[index % rhythm] ?? 0));
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
