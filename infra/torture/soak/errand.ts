import type { Call } from '../../demo/crowd/client.ts';
import type { Actor } from '../load/actor.ts';
import { enterAndWait } from '../load/line.ts';
import { pricePoints } from '../load/sale.ts';
import { takeSeats } from '../load/shopper.ts';
import { chargePoints } from '../load/wallet-user.ts';

/** Of a hundred errands so many end with a payment; each is for at most two seats. */
export const payPercent = 4;

/** One thing that somebody comes for: a look, a charge, or seats that are held and then let go or paid. */
export async function runErrand(actor: Actor): Promise<void> {
  const draw = actor.random.next() * 100;
  if (draw < 50) await actor.settle(look(actor));
  else if (draw < 65) await chargePoints(actor, actor.random.whole(10, 500));
  else await holdSeats(actor, draw >= 100 - payPercent);
}

function look(actor: Actor): Call {
  const performance = `/performances/${actor.sale.performanceId}`;
  const looks: [Call['kind'], string][] = [
    ['read seats', `${performance}/seats`],
    ['read queue', `${performance}/queue`],
    ['read performance', performance],
    ['read wallet', '/wallet'],
    ['read entries', '/wallet/entries'],
    ['list reservations', '/reservations'],
  ];
  const [kind, path] = looks[actor.random.whole(0, looks.length - 1)] ?? ['read wallet', '/wallet'];
  return { kind, method: 'GET', path };
}

async function holdSeats(actor: Actor, pays: boolean): Promise<void> {
  const hold = await takeSeats(actor);
  if (hold === 'not admitted') await enterAndWait(actor);
  if (hold === null || hold === 'not admitted') return;
  const path = `/holds/${hold.holdId}`;
  if (pays) {
    await chargePoints(actor, 2 * pricePoints);
    const { holdId, seatIds } = hold;
    const idempotencyKey = actor.newKey();
    const body = { holdId };
    const paid = await actor.settle({
      kind: 'pay hold',
      method: 'POST',
      path: '/payments',
      body,
      idempotencyKey,
    });
    if (paid?.status === 201) actor.sale.sell(seatIds);
  } else if (actor.random.chance(0.6)) await actor.settle({ kind: 'release hold', method: 'DELETE', path });
  else await actor.settle({ kind: 'read hold', method: 'GET', path });
}
