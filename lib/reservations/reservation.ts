import type { PerformanceId, Points, ReservationId, SeatId } from '../ids.ts';

/** Seats that were paid. Tickets are issued by the consumer of its events, a moment after; a cancelled one has none. */
export interface Reservation {
  readonly reservationId: ReservationId;
  readonly performanceId: PerformanceId;
  readonly seatIds: readonly SeatId[];
  readonly amount: Points;
  readonly status: 'confirmed' | 'cancelled';
  readonly tickets: readonly { readonly ticketId: string; readonly seatId: SeatId }[];
}
