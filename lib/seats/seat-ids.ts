import type { PerformanceId, SeatId } from '../ids.ts';

/** Rows are lettered A, B, … Z, AA, AB, … as a hall letters them: bijective base 26. */
export function rowLabel(rowIndex: number): string {
  const letter = String.fromCharCode(65 + (rowIndex % 26));
  return rowIndex < 26 ? letter : rowLabel(Math.floor(rowIndex / 26) - 1) + letter;
}

/** The id of a seat says where it is, so that a seat that cannot exist is known without a look-up. */
export function seatIdOf(performanceId: PerformanceId, row: string, number: number): SeatId {
  // Unique over all performances, since it begins with the performance's id.
  return `${performanceId}:${row}-${number}` as SeatId;
}

/** Every seat id of a hall of that size. */
export function seatIdsOf(performanceId: PerformanceId, rows: number, seatsPerRow: number): Set<string> {
  const ids = new Set<string>();
  for (let rowIndex = 0; rowIndex < rows; rowIndex++) {
    for (let number = 1; number <= seatsPerRow; number++) {
      ids.add(seatIdOf(performanceId, rowLabel(rowIndex), number));
    }
  }
  return ids;
}
