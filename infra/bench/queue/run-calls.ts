/** What many calls took. */
export interface Calls {
  readonly perSecond: number;
  readonly tookMs: readonly number[];
}

/** Makes `count` calls, always `inFlight` of them at once. */
export async function runCalls(
  count: number,
  inFlight: number,
  call: (index: number) => Promise<unknown>,
): Promise<Calls> {
  const tookMs: number[] = [];
  let next = 0;
  const takeTurns = async () => {
    while (next < count) {
      const index = next;
      next += 1;
      tookMs.push(await timeMs(() => call(index)));
    }
  };
  const totalMs = await timeMs(() => Promise.all(Array.from({ length: inFlight }, takeTurns)));
  return { perSecond: (count * 1_000) / totalMs, tookMs };
}

/** How long one call took. */
export async function timeMs(call: () => Promise<unknown>): Promise<number> {
  const beganAtMs = performance.now();
  await call();
  return performance.now() - beganAtMs;
}
