import { readObject } from '../../audit/exchange.ts';
import type { Call, Reply } from '../../demo/crowd/client.ts';
import type { Actor } from './actor.ts';
import { enterAndWait } from './line.ts';
import { pricePoints } from './sale.ts';

/**
 * Asks in turn, at a performance beside the sale, the routes that the histories of its seats know nothing of: requests
 * for seats, the extension of the holds that come of them, the draw, and what an admin does.
 */
export async function probeAside(actor: Actor, admin: Actor): Promise<void> {
  const known = await holdByRequest(actor);
  if (known === undefined) return;
  let { requestId, holdId } = known;
  const request = async () => {
    const json = bodyOf(await actor.send(requestFor(actor)));
    if (typeof json?.requestId === 'string') requestId = json.requestId;
  };
  const readRequest = async () => {
    const json = bodyOf(await actor.send(readOf('read request', `/reservation-requests/${requestId}`)));
    if (typeof json?.holdId === 'string') holdId = json.holdId;
  };
  while (!actor.sale.isOver) {
    const { performanceId } = actor.sale;
    const asks: readonly (() => Promise<unknown>)[] = [
      // An admission that was lost with the line is had again.
      () => actor.send({ kind: 'enter queue', method: 'POST', path: `/performances/${performanceId}/queue` }),
      request,
      readRequest,
      () => actor.send({ kind: 'extend hold', method: 'POST', path: `/holds/${holdId}/extension` }),
      () => actor.send(readOf('read draw', `/performances/${performanceId}/draw`)),
      () => admin.send(roomChange(performanceId)),
      () => admin.send(smallPerformance),
    ];
    const asked: Promise<unknown>[] = [];
    for (const ask of asks) {
      asked.push(ask());
      await actor.think(50, 150);
    }
    await Promise.all(asked);
  }
}

const readOf = (kind: Call['kind'], path: string): Call => ({ kind, method: 'GET', path });

function requestFor(actor: Actor): Call {
  const [seatId] = actor.sale.seatIds.slice(actor.random.whole(0, actor.sale.seatIds.length - 1));
  const path = `/performances/${actor.sale.performanceId}/reservation-requests`;
  const idempotencyKey = actor.newKey();
  return { kind: 'request seat', method: 'POST', path, body: { seatId }, idempotencyKey };
}

const roomChange = (performanceId: string): Call => ({
  kind: 'change waiting room',
  method: 'PATCH',
  path: `/performances/${performanceId}/waiting-room`,
  body: { capacity: 1_000 },
});

const smallPerformance: Call = {
  kind: 'create performance',
  method: 'POST',
  path: '/performances',
  body: {
    name: 'Beside',
    startsAt: new Date(Date.now() + 60 * 86_400_000).toISOString(),
    seats: { rows: 1, seatsPerRow: 1, price: pricePoints },
    waitingRoom: { capacity: 1, admitPerSecond: 1, admissionSeconds: 60, heartbeatSeconds: 60, draw: false },
    holdSeconds: 60,
    maxSeatsPerUser: 1,
  },
};

const bodyOf = ({ outcome }: Reply) =>
  outcome.type === 'answer' && outcome.status < 300 ? readObject(outcome.text) : undefined;

/** A hold to begin with; undefined when the sale was over before there was one. */
async function holdByRequest(actor: Actor) {
  while (!actor.sale.isOver) {
    if (!(await enterAndWait(actor))) continue;
    const requested = await actor.settle(requestFor(actor));
    if (requested?.status !== 202) continue;
    const requestId = String(requested.json.requestId);
    const path = `/reservation-requests/${requestId}`;
    for (let status: unknown = 'pending'; status === 'pending' && !actor.sale.isOver; ) {
      await actor.think(100, 200);
      const read = await actor.settle(readOf('read request', path));
      const holdId = read?.json.holdId;
      if (typeof holdId === 'string') return { requestId, holdId };
      status = read?.json.status ?? status;
    }
  }
  return undefined;
}
