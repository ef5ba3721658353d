import type { Context } from 'aws-lambda';
import { handler as cancelReservation } from '../../../functions/cancel-reservation.ts';
import { handler as chargeWallet } from '../../../functions/charge-wallet.ts';
import { handler as consumeEvents } from '../../../functions/consume-reservation-events.ts';
import { handler as consumeRequests } from '../../../functions/consume-reservation-requests.ts';
import { handler as holdSeats } from '../../../functions/hold-seats.ts';
import { handler as payHold } from '../../../functions/pay-hold.ts';
import { handler as relayOutbox } from '../../../functions/relay-outbox.ts';
import { consumeTopic, type TopicToConsume } from './consume-topic.ts';
import type { Invocation } from './invocation.ts';

type Handler = (event: unknown, context: Context) => Promise<unknown>;

/** A consumer behind the event source mapping of its topic. */
const consuming =
  (handler: typeof consumeEvents): Handler =>
  (event, context) =>
    // Made by `stageTopic`; and what the mapping makes of it is a batch.
    consumeTopic(event as TopicToConsume, (batch) => handler(batch as never, context));

// Each handler gets the event of its own trigger, which the operations see to.
const functions = {
  'charge-wallet': chargeWallet,
  'pay-hold': payHold,
  'cancel-reservation': cancelReservation,
  'hold-seats': holdSeats,
  'relay-outbox': relayOutbox,
  'consume-reservation-events': consuming(consumeEvents),
  'consume-reservation-requests': consuming(consumeRequests),
} as unknown as Readonly<Record<Invocation['functionName'], Handler>>;

async function obey({ functionName, event, remainingMs }: Invocation): Promise<void> {
  const context = {
    awsRequestId: 'crash-matrix',
    getRemainingTimeInMillis: () => remainingMs,
    // The rest of it is read by no function.
  } as Context;
  try {
    process.send?.({ result: await functions[functionName](event, context) });
  } catch (error) {
    process.send?.({ failure: String(error) });
  }
}

/**
 * A process that does what it is told over its channel, with the functions as they are deployed: the entry of the
 * bundle that the matrix forks. It ends with whoever has forked it.
 */
process.on('message', (message) => {
  // Sent by `function-process.ts`.
  void obey(message as Invocation);
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
