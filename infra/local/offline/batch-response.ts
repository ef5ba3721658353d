import { FunctionError } from './lambda-endpoint.ts';

/** The offsets in a function's answer, under the partition's name. */
function failuresIn(answer: unknown): unknown[] {
  if (typeof answer !== 'object' || answer === null || !('batchItemFailures' in answer)) return [];
  const { batchItemFailures: failures } = answer;
  if (failures === null || failures === undefined) return [];
  if (!Array.isArray(failures)) throw new FunctionError('batchItemFailures is not a list');
  return failures;
}

function offsetOf(failure: unknown, partition: string): number {
  const identifier = (failure as { itemIdentifier?: { partition?: unknown; offset?: unknown } } | null)
    ?.itemIdentifier;
  if (identifier?.partition !== partition || !Number.isSafeInteger(identifier.offset))
    throw new FunctionError(
      `batchItemFailures has ${JSON.stringify(failure)}, which names no record of ${partition}`,
    );
  // Just checked.
  return identifier.offset as number;
}

/**
 * The lowest offset that a function reports as failed, or undefined when it reports none. As on AWS, no answer,
 * null and an empty list are a full success, and an item that names no record of the batch fails all of it.
 *
 * @param partition as in the event, e.g. `reservation-events-0`
 * @throws FunctionError for an answer that cannot be understood
 */
export function lowestFailedOffset(
  answer: unknown,
  partition: string,
  offsets: readonly number[],
): number | undefined {
  const failed = failuresIn(answer).map((each) => offsetOf(each, partition));
  const unknown = failed.find((offset) => !offsets.includes(offset));
  if (unknown !== undefined)
    throw new FunctionError(`batchItemFailures names offset ${unknown}, not in the batch`);
  return failed.length === 0 ? undefined : Math.min(...failed);
}
