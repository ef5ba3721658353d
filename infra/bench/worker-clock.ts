const perMicro = 1_000n;

/**
 * Microseconds since the epoch that all processes of one run agree on: CLOCK_MONOTONIC and the one offset
 * that the runner measured. `performance.timeOrigin` pairs the two clocks anew in every process, and is off
 * for good in one that was preempted between them.
 *
 * @param offsetNs CLOCK_REALTIME − CLOCK_MONOTONIC as the runner gave it; measured here when it did not
 */
export function sharedClock(offsetNs: string | undefined): () => number {
  const offset =
    offsetNs === undefined ? BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint() : BigInt(offsetNs);
  return () => Number((process.hrtime.bigint() + offset) / perMicro);
}

/** A `clock` line: the two clocks read as closely together as fifty tries allow, so that skew shows. */
export function clockLine(worker: string, nowMicros: () => number): string {
  let best = { gapNs: Number.POSITIVE_INFINITY, monotonicNs: 0n, micros: 0 };
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const before = process.hrtime.bigint();
    const micros = nowMicros();
    const after = process.hrtime.bigint();
    const gapNs = Number(after - before);
    if (gapNs < best.gapNs) best = { gapNs, monotonicNs: (before + after) / 2n, micros };
  }
  return `clock ${worker} ${best.monotonicNs} ${best.micros}`;
}
