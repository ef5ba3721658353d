import { beforeAll, describe, expect, test } from '@jest/globals';
import { type GeneratedAlways, type Insertable, type Selectable, sql } from 'kysely';
import { useScene } from '../testing/scene.ts';
import type { Database } from './schema.ts';

type Table = keyof Database;
type Row<T extends Table> = Selectable<Database[T]>;

type KindOf<Value> = Value extends boolean
  ? 'boolean'
  : Value extends number
    ? 'number'
    : Value extends Date
      ? 'Date'
      : Value extends readonly string[]
        ? 'string[]'
        : Value extends string
          ? 'string'
          : never;

/** A column in words that the compiler derives from its type: a wrong one does not compile. */
type Described<T extends Table, Column extends keyof Row<T>> = readonly [
  kind: KindOf<NonNullable<Row<T>[Column]>>,
  nullable: null extends Row<T>[Column] ? 'null' : 'not null',
  given: Database[T][Column & keyof Database[T]] extends GeneratedAlways<unknown>
    ? 'always generated'
    : Column extends keyof Insertable<Database[T]>
      ? undefined extends Insertable<Database[T]>[Column]
        ? 'has a default'
        : 'must be given'
      : 'always generated',
];

/** The types of `schema.ts` as data; the compiler keeps the two alike, and the tests this and the database. */
const described: { readonly [T in Table]: { readonly [Column in keyof Row<T>]: Described<T, Column> } } = {
  performances: {
    performance_id: ['string', 'not null', 'must be given'],
    sequence: ['number', 'not null', 'always generated'],
    name: ['string', 'not null', 'must be given'],
    starts_at: ['Date', 'not null', 'must be given'],
    opens_at: ['Date', 'not null', 'must be given'],
    row_count: ['number', 'not null', 'must be given'],
    seats_per_row: ['number', 'not null', 'must be given'],
    price: ['number', 'not null', 'must be given'],
    capacity: ['number', 'not null', 'must be given'],
    admit_per_second: ['number', 'not null', 'must be given'],
    admission_seconds: ['number', 'not null', 'must be given'],
    heartbeat_seconds: ['number', 'not null', 'must be given'],
    draw: ['boolean', 'not null', 'has a default'],
    draw_seed: ['string', 'null', 'has a default'],
    paused: ['boolean', 'not null', 'has a default'],
    hold_seconds: ['number', 'not null', 'must be given'],
    max_seats_per_user: ['number', 'not null', 'must be given'],
    line_epoch: ['number', 'not null', 'has a default'],
    created_at: ['Date', 'not null', 'has a default'],
  },
  seats: {
    seat_id: ['string', 'not null', 'must be given'],
    performance_id: ['string', 'not null', 'must be given'],
    row_label: ['string', 'not null', 'must be given'],
    row_index: ['number', 'not null', 'must be given'],
    number: ['number', 'not null', 'must be given'],
    price: ['number', 'not null', 'must be given'],
    status: ['string', 'not null', 'has a default'],
    hold_id: ['string', 'null', 'has a default'],
    held_until: ['Date', 'null', 'has a default'],
    reservation_id: ['string', 'null', 'has a default'],
    fence: ['number', 'not null', 'has a default'],
    version: ['number', 'not null', 'has a default'],
  },
  holds: {
    hold_id: ['string', 'not null', 'must be given'],
    performance_id: ['string', 'not null', 'must be given'],
    user_id: ['string', 'not null', 'must be given'],
    seat_ids: ['string[]', 'not null', 'must be given'],
    amount: ['number', 'not null', 'must be given'],
    fence: ['number', 'not null', 'must be given'],
    status: ['string', 'not null', 'must be given'],
    extended: ['boolean', 'not null', 'has a default'],
    created_at: ['Date', 'not null', 'has a default'],
    expires_at: ['Date', 'not null', 'must be given'],
    ended_at: ['Date', 'null', 'has a default'],
  },
  wallets: {
    user_id: ['string', 'not null', 'must be given'],
    balance: ['number', 'not null', 'has a default'],
    fence: ['number', 'not null', 'has a default'],
  },
  ledger_entries: {
    entry_id: ['number', 'not null', 'always generated'],
    transfer_id: ['string', 'not null', 'must be given'],
    account: ['string', 'not null', 'must be given'],
    user_id: ['string', 'null', 'has a default'],
    kind: ['string', 'not null', 'must be given'],
    amount: ['number', 'not null', 'must be given'],
    balance_after: ['number', 'null', 'has a default'],
    reference_id: ['string', 'not null', 'must be given'],
    created_at: ['Date', 'not null', 'has a default'],
  },
  charges: {
    charge_id: ['string', 'not null', 'must be given'],
    user_id: ['string', 'not null', 'must be given'],
    amount: ['number', 'not null', 'must be given'],
    idempotency_key: ['string', 'not null', 'must be given'],
    created_at: ['Date', 'not null', 'has a default'],
  },
  payments: {
    payment_id: ['string', 'not null', 'must be given'],
    user_id: ['string', 'not null', 'must be given'],
    hold_id: ['string', 'not null', 'must be given'],
    reservation_id: ['string', 'not null', 'must be given'],
    amount: ['number', 'not null', 'must be given'],
    created_at: ['Date', 'not null', 'has a default'],
  },
  reservations: {
    reservation_id: ['string', 'not null', 'must be given'],
    sequence: ['number', 'not null', 'always generated'],
    performance_id: ['string', 'not null', 'must be given'],
    user_id: ['string', 'not null', 'must be given'],
    hold_id: ['string', 'not null', 'must be given'],
    seat_ids: ['string[]', 'not null', 'must be given'],
    amount: ['number', 'not null', 'must be given'],
    status: ['string', 'not null', 'must be given'],
    created_at: ['Date', 'not null', 'has a default'],
  },
  reservation_seats: {
    reservation_id: ['string', 'not null', 'must be given'],
    seat_id: ['string', 'not null', 'must be given'],
    cancelled_at: ['Date', 'null', 'has a default'],
  },
  reservation_requests: {
    request_id: ['string', 'not null', 'must be given'],
    performance_id: ['string', 'not null', 'must be given'],
    seat_id: ['string', 'not null', 'must be given'],
    user_id: ['string', 'not null', 'must be given'],
    status: ['string', 'not null', 'has a default'],
    hold_id: ['string', 'null', 'has a default'],
    reason: ['string', 'null', 'has a default'],
    created_at: ['Date', 'not null', 'has a default'],
    decided_at: ['Date', 'null', 'has a default'],
  },
  idempotency_keys: {
    user_id: ['string', 'not null', 'must be given'],
    operation: ['string', 'not null', 'must be given'],
    key: ['string', 'not null', 'must be given'],
    request_hash: ['string', 'not null', 'must be given'],
    status: ['number', 'null', 'has a default'],
    body: ['string', 'null', 'has a default'],
    created_at: ['Date', 'not null', 'has a default'],
  },
  outbox: {
    outbox_id: ['number', 'not null', 'always generated'],
    event_id: ['string', 'not null', 'must be given'],
    topic: ['string', 'not null', 'must be given'],
    key: ['string', 'not null', 'must be given'],
    payload: ['string', 'not null', 'must be given'],
    created_at: ['Date', 'not null', 'has a default'],
    published_at: ['Date', 'null', 'has a default'],
  },
  relay_leases: {
    topic: ['string', 'not null', 'must be given'],
    holder: ['string', 'not null', 'must be given'],
    fence: ['number', 'not null', 'must be given'],
    ends_at: ['Date', 'not null', 'must be given'],
  },
  seat_map: {
    seat_id: ['string', 'not null', 'must be given'],
    performance_id: ['string', 'not null', 'must be given'],
    status: ['string', 'not null', 'must be given'],
    hold_id: ['string', 'null', 'has a default'],
    version: ['number', 'not null', 'must be given'],
    changed_at: ['Date', 'not null', 'must be given'],
  },
  tickets: {
    ticket_id: ['string', 'not null', 'must be given'],
    reservation_id: ['string', 'not null', 'must be given'],
    seat_id: ['string', 'not null', 'must be given'],
    created_at: ['Date', 'not null', 'has a default'],
  },
};

interface ColumnRow {
  readonly table_name: string;
  readonly column_name: string;
  readonly udt_name: string;
  readonly is_nullable: 'YES' | 'NO';
  readonly column_default: string | null;
  readonly is_identity: 'YES' | 'NO';
}

/** What each type of the database is as a value; of the whole numbers, how far they go is told by `createDatabase`. */
const kinds: Readonly<Record<string, string>> = {
  text: 'string',
  _text: 'string[]',
  int4: 'number',
  int8: 'number',
  bool: 'boolean',
  timestamptz: 'Date',
};

function describeColumn(column: ColumnRow): readonly string[] {
  const nullable = column.is_nullable === 'YES';
  const hasDefault = column.column_default !== null || nullable;
  return [
    kinds[column.udt_name] ?? column.udt_name,
    nullable ? 'null' : 'not null',
    column.is_identity === 'YES' ? 'always generated' : hasDefault ? 'has a default' : 'must be given',
  ];
}

const scene = useScene();
const found = new Map<string, Map<string, readonly string[]>>();

beforeAll(async () => {
  const { rows } = await sql<ColumnRow>`
    SELECT table_name, column_name, udt_name, is_nullable, column_default, is_identity
    FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name NOT LIKE 'kysely_%'`.execute(scene.db);
  for (const row of rows) {
    const columns = found.get(row.table_name) ?? new Map<string, readonly string[]>();
    found.set(row.table_name, columns.set(row.column_name, describeColumn(row)));
  }
});

describe('the types of the schema are those of the database', () => {
  test('the tables', () => {
    expect([...found.keys()].toSorted()).toEqual(Object.keys(described).toSorted());
  });

  test.each(Object.entries(described))('%s', (table, columns) => {
    expect(Object.fromEntries(found.get(table) ?? [])).toEqual(columns);
  });
});

test('every time is kept to the millisecond, as a Date is', async () => {
  const { rows } = await sql`
    SELECT table_name, column_name FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name NOT LIKE 'kysely_%'
      AND data_type LIKE 'timestamp%' AND (udt_name <> 'timestamptz' OR datetime_precision <> 3)`.execute(
    scene.db,
  );
  expect(rows).toEqual([]);
});
