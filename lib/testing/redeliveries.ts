import fc from 'fast-check';

/** How a partition is delivered: each batch goes back over some records, then ahead; some come to two consumers. */
export type Redelivery = { readonly back: number; readonly ahead: number; readonly twice: boolean };

export const redeliveries: fc.Arbitrary<Redelivery[]> = fc.array(
  fc.record({ back: fc.nat(6), ahead: fc.integer({ min: 1, max: 6 }), twice: fc.boolean() }),
  { minLength: 4, maxLength: 8 },
);

/** The batches that are delivered, at last all of them; those of one step go to consumers that are at it at once. */
export function batchesOf<Item>(records: readonly Item[], schedule: readonly Redelivery[]): Item[][][] {
  let end = 0;
  return [...schedule, { back: 2, ahead: records.length, twice: true }].map(({ back, ahead, twice }) => {
    const batch = records.slice(Math.max(0, end - back), end + ahead);
    end = Math.min(records.length, end + ahead);
    return [batch, ...(twice ? [batch.slice(0, back + 1)] : [])];
  });
}
