import { expect } from '@jest/globals';
import { eventually } from './eventually.ts';
import type { Fault, FaultProxy } from './fault-proxy.ts';
import type { Answer, Call } from './http.ts';
import { problem } from './problem.ts';
import type { World } from './world.ts';

/** Both ways a server can be away: it refuses, or nothing comes back. */
export const outages: readonly Fault[] = [{ kind: 'refuse' }, { kind: 'black-hole' }];

/** How long a 503 may take. */
const unavailableWithinMs = 3000;

/** Asserts that each call is told 503 `unavailable`, with Retry-After, in time. They are sent at once. */
export async function expectUnavailable(world: World, calls: readonly Call[]): Promise<Answer[]> {
  const answers = await Promise.all(calls.map((call) => world.send(call)));
  for (const [n, answer] of answers.entries()) {
    const asked = `${calls[n]?.method ?? 'GET'} ${calls[n]?.path}`;
    expect([asked, problem(answer)]).toEqual([asked, '503 unavailable']);
    expect([asked, answer.tookMs < unavailableWithinMs, answer.tookMs]).toEqual([asked, true, answer.tookMs]);
  }
  return answers;
}

/** Asserts that each call is answered with one of the statuses, in the time a 503 would have had. */
export async function expectToGoOn(
  world: World,
  calls: readonly Call[],
  statuses: readonly number[],
): Promise<Answer[]> {
  const answers = await Promise.all(calls.map((call) => world.send(call)));
  for (const [n, answer] of answers.entries()) {
    const asked = `${calls[n]?.method ?? 'GET'} ${calls[n]?.path}`;
    expect([asked, statuses.includes(answer.status), answer.status, answer.text]).toEqual([
      asked,
      true,
      answer.status,
      answer.text,
    ]);
    expect([asked, answer.tookMs < unavailableWithinMs, answer.tookMs]).toEqual([asked, true, answer.tookMs]);
  }
  return answers;
}

/** Ends an outage and waits until the health says that all is up again. */
export async function restore(world: World, proxy: FaultProxy): Promise<void> {
  await proxy.set({ kind: 'none' });
  await eventually('all is up again', 20_000, async () =>
    (await world.send({ path: '/health' })).status === 200 ? true : undefined,
  );
}
