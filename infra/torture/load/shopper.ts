import type { Actor } from './actor.ts';
import { enterAndWait } from './line.ts';
import { pricePoints } from './sale.ts';
import { chargePoints } from './wallet-user.ts';

export interface Hold {
  readonly holdId: string;
  readonly seatIds: readonly string[];
  readonly expiresAtMs: number;
}

/** Takes seats that many want, over and over, and pays for them, gives them back or lets them go. */
export async function shop(actor: Actor): Promise<void> {
  let isInside = false;
  while (!actor.sale.isOver) {
    isInside ||= await enterAndWait(actor);
    if (!isInside) continue;
    const taken = await takeSeats(actor);
    if (taken === 'not admitted') isInside = false;
    else if (taken === null) await actor.think(50, 250);
    // With a payment the admission ends.
    else if (await decide(actor, taken)) isInside = false;
  }
}

export async function takeSeats(actor: Actor): Promise<Hold | 'not admitted' | null> {
  const { sale, random } = actor;
  const left = sale.unsold;
  const first = random.popular(left.length);
  const seatIds = left.slice(first, first + random.whole(1, 2));
  const path = `/performances/${sale.performanceId}/holds`;
  const answer = await actor.settle({ kind: 'hold seats', method: 'POST', path, body: { seatIds } });
  if (answer?.slug === 'not-admitted') return 'not admitted';
  if (answer === null || answer.status >= 300) return null;
  const { holdId, expiresAt } = answer.json;
  return { holdId: String(holdId), seatIds, expiresAtMs: Date.parse(String(expiresAt)) };
}

/** True when the seats were paid for. */
async function decide(actor: Actor, hold: Hold): Promise<boolean> {
  const { random } = actor;
  const path = `/holds/${hold.holdId}`;
  const draw = random.next();
  if (draw < 0.3) {
    await actor.think(50, 2_500);
    return pay(actor, hold);
  }
  if (draw < 0.7) {
    await actor.think(50, 800);
    await actor.settle({ kind: 'read hold', method: 'GET', path });
    await actor.settle({ kind: 'release hold', method: 'DELETE', path });
    if (random.chance(0.3)) await actor.settle({ kind: 'read hold', method: 'GET', path });
    return false;
  }
  await actor.sale.pause(hold.expiresAtMs - Date.now() + random.whole(-200, 300));
  await actor.settle({ kind: 'read hold', method: 'GET', path });
  return random.chance(0.4) ? pay(actor, hold) : false;
}

/** Pays once, twice under one key, or at once under two; a second time after a charge when there was too little. */
async function pay(actor: Actor, hold: Hold): Promise<boolean> {
  const call = () =>
    ({
      kind: 'pay hold',
      method: 'POST',
      path: '/payments',
      body: { holdId: hold.holdId },
      idempotencyKey: actor.newKey(),
    }) as const;
  const first = call();
  const draw = actor.random.next();
  const calls = draw < 0.6 ? [first] : draw < 0.8 ? [first, first] : [first, call()];
  const answers = await Promise.all(calls.map((each) => actor.settle(each)));
  if (answers.every((answer) => answer?.slug === 'insufficient-points')) {
    await chargePoints(actor, 2 * pricePoints);
    answers.push(await actor.settle(call()));
  }
  const paid = answers.find((answer) => answer?.status === 201);
  if (paid === undefined || paid === null) return false;
  actor.sale.sell(hold.seatIds);
  const path = `/reservations/${String(paid.json.reservationId)}`;
  await actor.settle({ kind: 'read reservation', method: 'GET', path });
  if (actor.random.chance(0.3)) await cancel(actor, path, hold);
  return true;
}

/** Cancels once, or at once twice under one key. */
async function cancel(actor: Actor, path: string, hold: Hold): Promise<void> {
  await actor.think(50, 500);
  const call = {
    kind: 'cancel reservation',
    method: 'DELETE',
    path,
    idempotencyKey: actor.newKey(),
  } as const;
  const calls = actor.random.chance(0.3) ? [call, call] : [call];
  const answers = await Promise.all(calls.map((each) => actor.settle(each)));
  if (answers.some((answer) => answer?.status === 200)) actor.sale.giveBack(hold.seatIds);
}
