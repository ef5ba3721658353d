import type { Generated, GeneratedAlways } from 'kysely';
import type {
  ChargeId,
  HoldId,
  PaymentId,
  PerformanceId,
  Points,
  ReservationId,
  ReservationRequestId,
  SeatId,
  UserId,
} from '../ids.ts';

/** The tables as the migrations make them; a test compares the two column by column. */
export interface Database {
  performances: PerformanceTable;
  seats: SeatTable;
  holds: HoldTable;
  wallets: WalletTable;
  ledger_entries: LedgerEntryTable;
  charges: ChargeTable;
  payments: PaymentTable;
  reservations: ReservationTable;
  reservation_seats: ReservationSeatTable;
  reservation_requests: ReservationRequestTable;
  idempotency_keys: IdempotencyKeyTable;
  outbox: OutboxTable;
  relay_leases: RelayLeaseTable;
  seat_map: SeatMapTable;
  tickets: TicketTable;
}

interface PerformanceTable {
  performance_id: PerformanceId;
  sequence: GeneratedAlways<number>;
  name: string;
  starts_at: Date;
  opens_at: Date;
  row_count: number;
  seats_per_row: number;
  price: Points;
  capacity: number;
  admit_per_second: number;
  admission_seconds: number;
  heartbeat_seconds: number;
  draw: Generated<boolean>;
  /** 32 bytes in hex, of a performance with a draw; secret until it opens. */
  draw_seed: string | null;
  paused: Generated<boolean>;
  hold_seconds: number;
  max_seats_per_user: number;
  /** How often the line was begun in Redis: 1 is the first, each loss adds one. */
  line_epoch: Generated<number>;
  created_at: Generated<Date>;
}

export type SeatStatus = 'available' | 'held' | 'sold';

interface SeatTable {
  seat_id: SeatId;
  performance_id: PerformanceId;
  row_label: string;
  row_index: number;
  number: number;
  price: Points;
  status: Generated<SeatStatus>;
  hold_id: HoldId | null;
  held_until: Date | null;
  reservation_id: ReservationId | null;
  /** That of the last hold; a hold with a lower one comes too late. */
  fence: Generated<number>;
  /** Counts the seat's events. */
  version: Generated<number>;
}

/** An expired hold stays `held` until it is noticed: whoever reads compares `expires_at` with now. */
interface HoldTable {
  hold_id: HoldId;
  performance_id: PerformanceId;
  user_id: UserId;
  seat_ids: SeatId[];
  amount: Points;
  fence: number;
  status: 'held' | 'released' | 'paid';
  extended: Generated<boolean>;
  created_at: Generated<Date>;
  expires_at: Date;
  ended_at: Date | null;
}

interface WalletTable {
  user_id: UserId;
  balance: Generated<Points>;
  /** That of the last lease under which the wallet was changed. */
  fence: Generated<number>;
}

export type EntryKind = 'charge' | 'payment' | 'refund';

interface LedgerEntryTable {
  entry_id: GeneratedAlways<number>;
  transfer_id: string;
  account: 'wallet' | 'issued' | 'sales';
  user_id: UserId | null;
  kind: EntryKind;
  amount: number;
  balance_after: number | null;
  reference_id: string;
  created_at: Generated<Date>;
}

interface ChargeTable {
  charge_id: ChargeId;
  user_id: UserId;
  amount: Points;
  idempotency_key: string;
  created_at: Generated<Date>;
}

interface PaymentTable {
  payment_id: PaymentId;
  user_id: UserId;
  hold_id: HoldId;
  reservation_id: ReservationId;
  amount: Points;
  created_at: Generated<Date>;
}

interface ReservationTable {
  reservation_id: ReservationId;
  sequence: GeneratedAlways<number>;
  performance_id: PerformanceId;
  user_id: UserId;
  hold_id: HoldId;
  seat_ids: SeatId[];
  amount: Points;
  status: 'confirmed' | 'cancelled';
  created_at: Generated<Date>;
}

interface ReservationSeatTable {
  reservation_id: ReservationId;
  seat_id: SeatId;
  cancelled_at: Date | null;
}

/** Decided once, by the consumer of its record; until then `pending`. */
interface ReservationRequestTable {
  request_id: ReservationRequestId;
  performance_id: PerformanceId;
  seat_id: SeatId;
  user_id: UserId;
  status: Generated<'pending' | 'held' | 'rejected'>;
  hold_id: HoldId | null;
  reason: string | null;
  created_at: Generated<Date>;
  decided_at: Date | null;
}

/** `status` and `body` are null only inside the transaction that takes the key. */
interface IdempotencyKeyTable {
  user_id: UserId;
  operation: string;
  key: string;
  request_hash: string;
  status: number | null;
  body: string | null;
  created_at: Generated<Date>;
}

interface OutboxTable {
  outbox_id: GeneratedAlways<number>;
  event_id: string;
  topic: string;
  key: string;
  payload: string;
  created_at: Generated<Date>;
  published_at: Date | null;
}

/** Which relay publishes a topic of the outbox, until when by the database's clock. */
interface RelayLeaseTable {
  topic: string;
  holder: string;
  /** Counts the relays that have had it. */
  fence: number;
  ends_at: Date;
}

interface SeatMapTable {
  seat_id: SeatId;
  performance_id: PerformanceId;
  status: SeatStatus;
  hold_id: HoldId | null;
  version: number;
  changed_at: Date;
}

interface TicketTable {
  ticket_id: string;
  reservation_id: ReservationId;
  seat_id: SeatId;
  created_at: Generated<Date>;
}
