/** Seats side by side in one row, numbered from `first` to `last`. */
export interface SeatRun {
  /** 0 is the row at the stage. */
  readonly rowIndex: number;
  readonly first: number;
  readonly last: number;
}

export interface Wish {
  /** How many seats, all side by side. */
  readonly count: number;
  readonly seatsPerRow: number;
}

/**
 * Up to `most` choices in the order in which they would be served: each is the best once those before it are
 * taken, so that no two share a seat.
 *
 * The best choice is in the row nearest to the stage that has one; of that row's, the one whose middle is nearest
 * to the row's middle. Of two equally near, left and right of it, the one after which fewer free seats of the row
 * stand alone; after that the left one.
 *
 * @param free the free seats as whole runs, those of a row from left to right
 */
export function chooseSeats(free: readonly SeatRun[], wish: Wish, most: number): SeatRun[] {
  const chosen: SeatRun[] = [];
  let left = free.filter((run) => sizeOf(run) >= wish.count);
  while (chosen.length < most) {
    const choice = bestOf(left, wish);
    if (choice === undefined) break;
    chosen.push(choice);
    left = without(left, choice);
  }
  return chosen;
}

/** The runs as they are once the seats of `taken` are. */
export function without(free: readonly SeatRun[], taken: SeatRun): SeatRun[] {
  return free.flatMap((run) => {
    if (run.rowIndex !== taken.rowIndex || run.last < taken.first || run.first > taken.last) return [run];
    const before = { ...run, last: taken.first - 1 };
    const after = { ...run, first: taken.last + 1 };
    return [before, after].filter((rest) => sizeOf(rest) > 0);
  });
}

const sizeOf = ({ first, last }: SeatRun) => last - first + 1;

function bestOf(free: readonly SeatRun[], { count, seatsPerRow }: Wish): SeatRun | undefined {
  const wideEnough = free.filter((run) => sizeOf(run) >= count);
  const frontRow = wideEnough.reduce((nearest, { rowIndex }) => Math.min(nearest, rowIndex), Infinity);
  let best: { readonly choice: SeatRun; readonly rank: Rank } | undefined;
  for (const run of wideEnough.filter(({ rowIndex }) => rowIndex === frontRow)) {
    for (let first = run.first; first + count - 1 <= run.last; first++) {
      const choice = { rowIndex: frontRow, first, last: first + count - 1 };
      const rank = rankOf(choice, run, seatsPerRow);
      if (best === undefined || isBetter(rank, best.rank)) best = { choice, rank };
    }
  }
  return best?.choice;
}

interface Rank {
  /** In half seats, between the middle of the choice and that of the row. */
  readonly offCentre: number;
  /** How many seats more stand alone in the row: -1 when the choice is one that did. */
  readonly orphans: number;
}

function rankOf({ first, last }: SeatRun, run: SeatRun, seatsPerRow: number): Rank {
  const leftOver = [first - run.first, run.last - last];
  return {
    offCentre: Math.abs(first + last - (seatsPerRow + 1)),
    orphans: leftOver.filter((seats) => seats === 1).length - (sizeOf(run) === 1 ? 1 : 0),
  };
}

/** Choices are looked at from left to right, so that the left one stays when two are the same. */
const isBetter = (one: Rank, other: Rank) =>
  one.offCentre < other.offCentre || (one.offCentre === other.offCentre && one.orphans < other.orphans);
