import { describe, expect, test } from '@jest/globals';
import type { MSKEvent } from 'aws-lambda';
import type { KafkaMessage } from 'kafkajs';
import { type DeliveryRules, deliver } from './deliver.ts';

const source = { topic: 'seats', partition: 2, arn: 'arn:aws:kafka:local', bootstrapServers: '127.0.0.1:1' };
const rules: DeliveryRules = {
  maximumRetryAttempts: 2,
  bisectBatchOnFunctionError: true,
  reportBatchItemFailures: true,
};

const message = (value: string, offset: number): KafkaMessage => ({
  key: Buffer.from('seat'),
  value: Buffer.from(value),
  offset: String(offset),
  timestamp: '1',
  attributes: 0,
  headers: {},
});

interface Handled {
  readonly batches: string[][];
  readonly committed: number[];
  readonly dead: [string, string][];
}

/** Delivers records to a function that decides by their values, and notes all that happened. */
async function run(
  values: readonly string[],
  handle: (values: readonly string[]) => unknown,
  given: Partial<DeliveryRules> = {},
): Promise<Handled> {
  const handled: Handled = { batches: [], committed: [], dead: [] };
  const invoke = async (event: unknown) => {
    // deliver makes nothing else.
    const records = Object.values((event as MSKEvent).records).flat();
    const batch = records.map(({ value }) => Buffer.from(value, 'base64').toString());
    handled.batches.push(batch);
    return handle(batch);
  };
  const delivery = {
    source,
    rules: { ...rules, ...given },
    invoke,
    commit: async ({ offset }: KafkaMessage) => void handled.committed.push(Number(offset)),
    deadLetter: async ({ value }: KafkaMessage, reason: string) =>
      void handled.dead.push([String(value), reason]),
    keepAlive: async () => {},
  };
  await deliver(delivery, values.map(message));
  return handled;
}

const failures = (...offsets: number[]) => ({
  batchItemFailures: offsets.map((offset) => ({ itemIdentifier: { partition: 'seats-2', offset } })),
});

const fail = () => Promise.reject(new Error('broken'));

describe('a batch', () => {
  test.each([[undefined], [null], [{}], [{ batchItemFailures: [] }], [{ batchItemFailures: null }]])(
    'is done when the function answers %j',
    async (answer) => {
      const { batches, committed, dead } = await run(['a', 'b'], () => answer);
      expect([batches, committed, dead]).toEqual([[['a', 'b']], [1], []]);
    },
  );

  test('with a failed item is delivered again from the lowest failed one on', async () => {
    let calls = 0;
    const { batches, committed } = await run(['a', 'b', 'c', 'd'], () =>
      ++calls === 1 ? failures(3, 1) : null,
    );
    expect(batches).toEqual([
      ['a', 'b', 'c', 'd'],
      ['b', 'c', 'd'],
    ]);
    expect(committed).toEqual([0, 3]);
  });

  test('loses an item that keeps failing after its retries, and goes on', async () => {
    const { batches, committed, dead } = await run(['a', 'bad', 'c'], (values) =>
      values.includes('bad') ? failures(1) : null,
    );
    expect(batches.map((batch) => batch.join(''))).toEqual(['abadc', 'badc', 'badc', 'c']);
    expect(dead).toEqual([['bad', 'reported by the function']]);
    expect(committed).toEqual([0, 1, 2]);
  });

  test('of a function that throws is halved until the cause stands alone', async () => {
    const { batches, committed, dead } = await run(['a', 'b', 'bad', 'd'], (values) => {
      if (values.includes('bad')) throw new Error('broken');
      return null;
    });
    expect(batches.map((batch) => batch.join(''))).toEqual([
      'abbadd',
      'ab',
      'badd',
      'bad',
      'bad',
      'bad',
      'd',
    ]);
    expect([dead, committed]).toEqual([[['bad', 'broken']], [1, 2, 3]]);
  });

  test('goes to the dead letters whole when it is not to be halved', async () => {
    const given = { bisectBatchOnFunctionError: false, maximumRetryAttempts: 0 };
    const { batches, dead } = await run(['a', 'b'], fail, given);
    expect([batches.length, dead.map(([value]) => value)]).toEqual([1, ['a', 'b']]);
  });

  test.each([
    ['an offset that is not in it', failures(7)],
    ['another partition', { batchItemFailures: [{ itemIdentifier: { partition: 'seats-1', offset: 0 } }] }],
    ['nothing', { batchItemFailures: [{}] }],
  ])('fails whole when the answer names %s', async (_, answer) => {
    const { dead } = await run(['a'], () => answer, { maximumRetryAttempts: 0 });
    expect(dead).toHaveLength(1);
  });
});
