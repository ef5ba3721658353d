import type { CrashOperation } from './operation.ts';
import { cancellation } from './operations/cancellation.ts';
import { charge } from './operations/charge.ts';
import { eventsBatch } from './operations/events-batch.ts';
import { hold } from './operations/hold.ts';
import { payment } from './operations/payment.ts';
import { relayBatch } from './operations/relay-batch.ts';
import { requestsBatch } from './operations/requests-batch.ts';

/** Everything behind which a process is killed. */
export const catalogue: readonly CrashOperation[] = [
  charge,
  payment,
  cancellation,
  hold,
  relayBatch,
  eventsBatch,
  requestsBatch,
];
