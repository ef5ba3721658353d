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

/** One charge, by some sent twice at once under one key, and by some two at once under two. */
export async function chargePoints(actor: Actor, amount: number): Promise<void> {
  const call = () =>
    ({
      kind: 'charge wallet',
      method: 'POST',
      path: '/wallet/charges',
      body: { amount },
      idempotencyKey: actor.newKey(),
    }) as const;
  const first = call();
  const draw = actor.random.next();
  const calls = draw < 0.6 ? [first] : draw < 0.8 ? [first, first] : [first, call()];
  await Promise.all(calls.map((each) => actor.settle(each)));
}
