import { fitSlope, type Point, type Slope } from './slope.ts';

/** What was seen of the system at one moment. */
export interface Sample {
  readonly atMs: number;
  readonly heapMb: number;
  readonly rssMb: number;
  readonly redisMb: number;
  readonly connections: number;
  /** Of them, those that nobody has used for a minute, which no pool keeps open so long. */
  readonly connectionsUnused: number;
  readonly outboxLagSeconds: number;
}

export type Measure = Exclude<keyof Sample, 'atMs'>;

/**
 * How much each may grow in an hour and still be called flat. Pools open and close with the load, so that twenty minutes
 * leave the sum of connections undecided, and an hour does not; one that is never given back is seen among the unused,
 * and at once.
 */
export const boundsPerHour: Readonly<Record<Measure, number>> = {
  heapMb: 20,
  rssMb: 120,
  redisMb: 5,
  connections: 3,
  connectionsUnused: 1,
  outboxLagSeconds: 3,
};

export interface MeasureResult extends Slope {
  readonly measure: Measure;
  readonly boundPerHour: number;
  /** `flat`: below the bound with 95% confidence; `grows`: above it; `undecided`: the run was too short to tell. */
  readonly verdict: 'flat' | 'grows' | 'undecided';
}

/**
 * Fits a slope to each measure and holds it against its bound.
 *
 * @param samplesPerMinute the rhythm: functions that run every minute bring connections that come and go with it
 */
export function judgeSamples(samples: readonly Sample[], samplesPerMinute: number): MeasureResult[] {
  // The keys of the table are its own.
  return (Object.keys(boundsPerHour) as Measure[]).map((measure) => {
    const points: Point[] = samples.map((sample) => ({ atMs: sample.atMs, value: sample[measure] }));
    const slope = fitSlope(points, samplesPerMinute);
    const boundPerHour = boundsPerHour[measure];
    const verdict =
      slope.highPerHour <= boundPerHour ? 'flat' : slope.lowPerHour > boundPerHour ? 'grows' : 'undecided';
    return { measure, boundPerHour, verdict, ...slope };
  });
}

/** One line a measure. */
export function measureLines(results: readonly MeasureResult[]): string[] {
  const head = `${'measure'.padEnd(18)}${'mean'.padStart(9)}${'an hour'.padStart(10)}${'95% interval'.padStart(22)}${'bound'.padStart(8)}`;
  return [
    head,
    ...results.map(({ measure, mean, perHour, lowPerHour, highPerHour, boundPerHour, verdict }) => {
      const interval = `${lowPerHour.toFixed(2)} … ${highPerHour.toFixed(2)}`;
      return `${measure.padEnd(18)}${mean.toFixed(2).padStart(9)}${perHour.toFixed(2).padStart(10)}${interval.padStart(22)}${String(boundPerHour).padStart(8)}  ${verdict}`;
    }),
  ];
}
