import type { Actor, Answer } from './actor.ts';

/** Bounds for what the server says: nobody polls hotter than the first or sleeps through the round. */
const shortestPollMs = 200;
const longestPollMs = 1_000;

/** Stands in line until admitted; with the receipt of the last place, should the line be lost. False when the sale is over. */
export async function enterAndWait(actor: Actor): Promise<boolean> {
  const path = `/performances/${actor.sale.performanceId}/queue`;
  let receipt: unknown;
  for (let isIn = false; !actor.sale.isOver; ) {
    const answer: Answer | null = isIn
      ? await actor.settle({ kind: 'poll queue', method: 'GET', path: `${path}/me` })
      : await actor.settle({
          kind: 'enter queue',
          method: 'POST',
          path,
          ...(receipt ? { body: { receipt } } : {}),
        });
    if (answer?.json.status === 'admitted') return true;
    isIn = answer !== null && answer.status < 300;
    receipt = answer?.json.receipt ?? receipt;
    const pollMs = Number(answer?.json.pollAfterSeconds ?? 0) * 1_000;
    await actor.sale.pause(Math.min(Math.max(pollMs, shortestPollMs), longestPollMs));
  }
  return false;
}
