import { readObject } from '../../audit/exchange.ts';
import type { Call } from '../../demo/crowd/client.ts';
import type { Actor } from './actor.ts';
import { enterAndWait } from './line.ts';
import { pricePoints } from './sale.ts';
import { type Hold, takeSeats } from './shopper.ts';
import { chargePoints } from './wallet-user.ts';

/**
 * Asks every route in turn, whatever comes and without waiting for the answers of the turn: so that there is an
 * answer of each to judge at every moment. It begins with a reservation; of its holds the last one given is asked
 * about, also when it has ended.
 */
export async function probe(actor: Actor): Promise<void> {
  const bought = await buyOne(actor);
  if (bought === null) return;
  let { holdId } = bought.hold;
  const ask = async (call: Call): Promise<void> => {
    const { outcome } = await actor.send(call);
    if (call.kind === 'hold seats' && outcome.type === 'answer' && outcome.status < 300)
      holdId = String(readObject(outcome.text).holdId);
  };
  while (!actor.sale.isOver) {
    const asked: Promise<void>[] = [];
    for (const call of routesOf(actor, holdId, bought.reservationId)) {
      asked.push(ask(call));
      await actor.think(15, 50);
    }
    await Promise.all(asked);
  }
}

function routesOf(actor: Actor, holdId: string, reservationId: string): Call[] {
  const { unsold } = actor.sale;
  const seatIds = unsold.slice(actor.random.popular(unsold.length)).slice(0, 1);
  const performance = `/performances/${actor.sale.performanceId}`;
  const read = (kind: Call['kind'], path: string): Call => ({ kind, method: 'GET', path });
  const keyed = (kind: Call['kind'], path: string, body: object): Call => ({
    kind,
    method: 'POST',
    path,
    body,
    idempotencyKey: actor.newKey(),
  });
  return [
    { kind: 'enter queue', method: 'POST', path: `${performance}/queue` },
    read('poll queue', `${performance}/queue/me`),
    read('read queue', `${performance}/queue`),
    read('read seats', `${performance}/seats`),
    read('read performance', performance),
    read('read performances', '/performances'),
    { kind: 'hold seats', method: 'POST', path: `${performance}/holds`, body: { seatIds } },
    read('read hold', `/holds/${holdId}`),
    read('read wallet', '/wallet'),
    read('read entries', '/wallet/entries'),
    keyed('charge wallet', '/wallet/charges', { amount: 1 }),
    read('list reservations', '/reservations'),
    read('read reservation', `/reservations/${reservationId}`),
    keyed('pay hold', '/payments', { holdId }),
    {
      kind: 'cancel reservation',
      method: 'DELETE',
      path: `/reservations/${reservationId}`,
      idempotencyKey: actor.newKey(),
    },
    { kind: 'release hold', method: 'DELETE', path: `/holds/${holdId}` },
    { kind: 'leave queue', method: 'DELETE', path: `${performance}/queue/me` },
  ];
}

async function holdOne(actor: Actor): Promise<Hold | null> {
  if (!(await enterAndWait(actor))) return null;
  const hold = await takeSeats(actor);
  return hold === 'not admitted' ? null : hold;
}

async function buyOne(actor: Actor): Promise<{ hold: Hold; reservationId: string } | null> {
  await chargePoints(actor, 2 * pricePoints);
  while (!actor.sale.isOver) {
    const hold = await holdOne(actor);
    if (hold === null) continue;
    const { holdId, seatIds } = hold;
    const idempotencyKey = actor.newKey();
    const call = {
      kind: 'pay hold',
      method: 'POST',
      path: '/payments',
      body: { holdId },
      idempotencyKey,
    } as const;
    const answer = await actor.settle(call);
    if (answer?.status !== 201) continue;
    actor.sale.sell(seatIds);
    return { hold, reservationId: String(answer.json.reservationId) };
  }
  return null;
}
