import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaMessage } from 'kafkajs';
import { describeError } from '../launch-error.ts';
import { lowestFailedOffset } from './batch-response.ts';
import type { Invoke } from './lambda-endpoint.ts';
import { type EventSource, mskEvent } from './msk-event.ts';

const firstBackoffMs = 200;
const highestBackoffMs = 2_000;

export interface DeliveryRules {
  /** Retries of a record that fails by itself; splitting a batch does not count. */
  readonly maximumRetryAttempts: number;
  readonly bisectBatchOnFunctionError: boolean;
  readonly reportBatchItemFailures: boolean;
}

export interface Delivery {
  readonly source: EventSource;
  readonly rules: DeliveryRules;
  readonly invoke: Invoke;
  /** All records up to this one are dealt with; a crash from here on does not repeat them. */
  readonly commit: (last: KafkaMessage) => Promise<void>;
  /** Puts a record aside for good. */
  readonly deadLetter: (message: KafkaMessage, reason: string) => Promise<void>;
  /** Called between attempts; throws to give up without committing. */
  readonly keepAlive: () => Promise<void>;
}

interface Segment {
  readonly messages: readonly KafkaMessage[];
  readonly retries: number;
}

interface Failure {
  /** How many records in front of the failed one succeeded. */
  readonly done: number;
  readonly reason: string;
  /** False when the function failed as a whole and any of its records may be the cause. */
  readonly isOneRecord: boolean;
}

async function attempt(
  { source, rules, invoke }: Delivery,
  { messages }: Segment,
): Promise<Failure | undefined> {
  try {
    const answer = await invoke(mskEvent(source, messages));
    if (!rules.reportBatchItemFailures) return undefined;
    const offsets = messages.map(({ offset }) => Number(offset));
    const failed = lowestFailedOffset(answer, `${source.topic}-${source.partition}`, offsets);
    if (failed === undefined) return undefined;
    return { done: offsets.indexOf(failed), reason: 'reported by the function', isOneRecord: true };
  } catch (error) {
    return { done: 0, reason: describeError(error), isOneRecord: messages.length === 1 };
  }
}

/** What is to be tried next of a segment that failed, or the record to put aside. */
function afterFailure(segment: Segment, failure: Failure, rules: DeliveryRules): Segment[] | 'exhausted' {
  const rest = segment.messages.slice(failure.done);
  if (!failure.isOneRecord && rules.bisectBatchOnFunctionError) {
    const middle = Math.ceil(rest.length / 2);
    return [rest.slice(0, middle), rest.slice(middle)].map((messages) => ({ messages, retries: 0 }));
  }
  // Progress in front of the failed record means that it has failed for the first time.
  const retries = failure.done > 0 ? 1 : segment.retries + 1;
  return retries > rules.maximumRetryAttempts ? 'exhausted' : [{ messages: rest, retries }];
}

/** Waits before a retry, alive to the group meanwhile. A fresh half of a split batch waits for nothing. */
async function pause(retries: number, keepAlive: Delivery['keepAlive']): Promise<void> {
  if (retries > 0) await sleep(Math.min(firstBackoffMs * 2 ** (retries - 1), highestBackoffMs));
  await keepAlive();
}

/**
 * Hands records of one partition to a function, in order, with the event source mapping's rules: everything in
 * front of a failed record is done, it and those behind it are delivered again; a function that fails as a whole
 * gets halves of its batch until the record that is the cause stands alone; a record that keeps failing is put
 * aside and the rest goes on.
 *
 * @throws what commit, deadLetter and keepAlive throw; records not committed will be delivered again
 */
export async function deliver(delivery: Delivery, messages: readonly KafkaMessage[]): Promise<void> {
  const { rules, commit, deadLetter } = delivery;
  let segments: Segment[] = [{ messages, retries: 0 }];
  for (let segment = segments.shift(); segment !== undefined; segment = segments.shift()) {
    await pause(segment.retries, delivery.keepAlive);
    const failure = await attempt(delivery, segment);
    const done = failure === undefined ? segment.messages : segment.messages.slice(0, failure.done);
    const last = done.at(-1);
    if (last !== undefined) await commit(last);
    if (failure === undefined) continue;
    const next = afterFailure(segment, failure, rules);
    if (next !== 'exhausted') {
      segments = [...next, ...segments];
      continue;
    }
    // Without bisecting nobody knows which record it was: all go, as on AWS.
    const rest = segment.messages.slice(failure.done);
    const lost = failure.isOneRecord ? rest.slice(0, 1) : rest;
    for (const message of lost) {
      await deadLetter(message, failure.reason);
      await commit(message);
    }
    if (lost.length < rest.length)
      segments = [{ messages: rest.slice(lost.length), retries: 0 }, ...segments];
  }
}
