import type { Actor } from './actor.ts';

/** Charges, and reads what is there, while the user's other device pays. */
export async function useWallet(actor: Actor): Promise<void> {
  while (!actor.sale.isOver) {
    const draw = actor.random.next();
    if (draw < 0.5) await chargePoints(actor, actor.random.whole(10, 120));
    else if (draw < 0.8) await actor.settle({ kind: 'read wallet', method: 'GET', path: '/wallet' });
    else await actor.settle({ kind: 'read entries', method: 'GET', path: '/wallet/entries' });
    await actor.think(100, 500);
  }
}

/** One charge under one key, by some sent twice at once. */
export async function chargePoints(actor: Actor, amount: number): Promise<void> {
  const call = {
    kind: 'charge wallet',
    method: 'POST',
    path: '/wallet/charges',
    body: { amount },
    idempotencyKey: actor.newKey(),
  } as const;
  const sends = actor.random.chance(0.2) ? [call, call] : [call];
  await Promise.all(sends.map((each) => actor.settle(each)));
}
