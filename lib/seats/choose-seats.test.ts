import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { testSeed } from '../testing/seed.ts';
import { chooseSeats, type SeatRun, type Wish, without } from './choose-seats.ts';

/** A row as it is drawn: `.` a free seat, `x` one that is taken. */
const runsOf = (...rows: readonly string[]): SeatRun[] =>
  rows.flatMap((row, rowIndex) =>
    [...row.matchAll(/\.+/g)].map(({ 0: { length }, index }) => ({
      rowIndex,
      first: index + 1,
      last: index + length,
    })),
  );

/** The rows with each choice's number where its seats are. */
function drawn(rows: readonly string[], count: number, most = 1): string[] {
  const choices = chooseSeats(runsOf(...rows), { count, seatsPerRow: rows[0]?.length ?? 0 }, most);
  return rows.map((row, rowIndex) =>
    row
      .split('')
      .map((seat, index) => {
        const number = choices.findIndex(
          (choice) => choice.rowIndex === rowIndex && choice.first <= index + 1 && index + 1 <= choice.last,
        );
        return number < 0 ? seat : String(number + 1);
      })
      .join(''),
  );
}

describe('the best seats', () => {
  test.each([
    ['the middle of the row at the stage', 3, ['.......', '.......'], ['..111..', '.......']],
    ['the row at the stage, however far from its middle', 2, ['xxxxx..', '.......'], ['xxxxx11', '.......']],
    ['the next row when the first has none side by side', 2, ['.x.x.x.', '.......'], ['.x.x.x.', '..11...']],
    ['the one nearer to the middle, though it leaves a seat alone', 2, ['....'], ['.11.']],
    ['of two equally near the one that leaves none alone', 2, ['x......'], ['x..11..']],
    ['the same on the other side', 2, ['......x'], ['..11..x']],
    ['the same when others sit between the two', 2, ['x...x....'], ['x...x11..']],
    ['the left one when both leave as many', 2, ['.....'], ['.11..']],
    ['a seat that stands alone before one as near that does not', 1, ['...x.xx'], ['...x1xx']],
    ['the whole row', 5, ['x....', '.....'], ['x....', '11111']],
    ['one seat', 1, ['...'], ['.1.']],
  ])('%s', (_, count, rows, expected) => {
    expect(drawn(rows, count)).toEqual(expected);
  });

  test('none when there are not so many side by side', () => {
    expect(chooseSeats(runsOf('..x..', 'x..xx'), { count: 3, seatsPerRow: 5 }, 1)).toEqual([]);
    expect(chooseSeats([], { count: 1, seatsPerRow: 5 }, 1)).toEqual([]);
  });

  test('one after the other, as if each was taken', () => {
    expect(drawn(['.......', '.......'], 2, 5)).toEqual(['331122.', '..4455.']);
  });
});

/** Every choice there is, and the best of them, by looking at each seat of the hall: knows nothing of runs. */
function oracle(hall: readonly (readonly boolean[])[], count: number): SeatRun | undefined {
  const candidates = hall.flatMap((row, rowIndex) =>
    row.flatMap((_, from) => {
      const seats = Array.from({ length: count }, (__, index) => from + index);
      if (!seats.every((seat) => row[seat] === true)) return [];
      const after = row.map((isFree, seat) => isFree && !seats.includes(seat));
      const alone = after.filter(
        (isFree, seat) => isFree && after[seat - 1] !== true && after[seat + 1] !== true,
      ).length;
      const middle = (row.length - 1) / 2;
      const off = Math.abs(seats.reduce((sum, seat) => sum + (seat - middle), 0) / count);
      return [
        { choice: { rowIndex, first: from + 1, last: from + count }, key: [rowIndex, off, alone, from] },
      ];
    }),
  );
  const [best] = candidates.toSorted((one, other) => {
    const differs = one.key.findIndex((value, index) => Math.abs(value - (other.key[index] ?? 0)) > 1e-9);
    return (one.key[differs] ?? 0) - (other.key[differs] ?? 0);
  });
  return best?.choice;
}

const draw = (row: readonly boolean[]) => row.map((isFree) => (isFree ? '.' : 'x')).join('');
const halls = fc
  .record({ rows: fc.integer({ min: 1, max: 4 }), width: fc.integer({ min: 1, max: 12 }) })
  .chain(({ rows, width }) =>
    fc.array(fc.array(fc.boolean(), { minLength: width, maxLength: width }), {
      minLength: rows,
      maxLength: rows,
    }),
  );
const counts = fc.integer({ min: 1, max: 6 });

describe('in any hall', () => {
  test('the best is what trying every choice finds', () => {
    const seed = testSeed('best seats against every choice');
    fc.assert(
      fc.property(halls, counts, (hall, count) => {
        const wish: Wish = { count, seatsPerRow: hall[0]?.length ?? 0 };
        const [best] = chooseSeats(runsOf(...hall.map(draw)), wish, 1);
        expect(best).toEqual(oracle(hall, count));
      }),
      { seed, numRuns: 5_000 },
    );
  });

  test('each next choice is the best of what those before it leave, until there is none', () => {
    const seed = testSeed('best seats one after the other');
    fc.assert(
      fc.property(halls, counts, fc.integer({ min: 1, max: 50 }), (hall, count, most) => {
        const wish: Wish = { count, seatsPerRow: hall[0]?.length ?? 0 };
        const choices = chooseSeats(runsOf(...hall.map(draw)), wish, most);
        const left = hall.map((row) => [...row]);
        for (const choice of choices) {
          expect(choice).toEqual(oracle(left, count));
          left[choice.rowIndex]?.fill(false, choice.first - 1, choice.last);
        }
        if (choices.length < most) expect(oracle(left, count)).toBeUndefined();
      }),
      { seed, numRuns: 1_000 },
    );
  });

  test('what is left of runs is what was not taken', () => {
    const seed = testSeed('runs less seats');
    fc.assert(
      fc.property(halls, fc.nat(3), fc.nat(12), fc.nat(12), (hall, rowIndex, one, other) => {
        const taken = { rowIndex, first: Math.min(one, other), last: Math.max(one, other) };
        const left = hall.map((row) => [...row]);
        left[rowIndex]?.fill(false, Math.max(0, taken.first - 1), Math.max(0, taken.last));
        expect(without(runsOf(...hall.map(draw)), taken)).toEqual(runsOf(...left.map(draw)));
      }),
      { seed, numRuns: 1_000 },
    );
  });

  test('the oracle finds fault: a choice that does not mind seats alone is told from the best', () => {
    expect(oracle(['x......'.split('').map((seat) => seat === '.')], 2)).toEqual({
      rowIndex: 0,
      first: 4,
      last: 5,
    });
    expect(oracle(['.......'.split('').map((seat) => seat === '.')], 2)).toEqual({
      rowIndex: 0,
      first: 3,
      last: 4,
    });
  });
});
