import { charge1, told } from '../clean-sale.ts';
import { alsoTold, type Breakage } from './breakage.ts';

const freeLedger = 'ALTER TABLE ledger_entries DISABLE TRIGGER ALL;';

export const moneyBreakages: readonly Breakage[] = [
  { invariant: 'reservation-paid-once', what: 'a reservation has no payment', sql: 'DELETE FROM payments' },
  {
    invariant: 'reservation-paid-once',
    what: 'a reservation was paid twice',
    sql: `ALTER TABLE payments DROP CONSTRAINT payments_reservation_id_key, DROP CONSTRAINT payments_hold_id_key;
          INSERT INTO payments SELECT 'payment-9', user_id, hold_id, reservation_id, amount, created_at FROM payments WHERE payment_id = 'payment-1'`,
  },
  {
    invariant: 'reservation-paid-once',
    what: 'the payment is of another amount',
    sql: 'UPDATE payments SET amount = amount - 1',
  },
  {
    invariant: 'reservation-paid-once',
    what: 'the wallet was debited twice',
    sql: `${freeLedger} DROP INDEX one_transfer_a_reference;
          INSERT INTO ledger_entries (transfer_id, account, user_id, kind, amount, balance_after, reference_id)
          VALUES ('transfer-9', 'wallet', 'ann', 'payment', -100, 400, 'payment-1'),
                 ('transfer-9', 'sales', NULL, 'payment', 100, NULL, 'payment-1')`,
  },
  {
    invariant: 'reservation-paid-once',
    what: 'a debit pays for nothing',
    sql: `${freeLedger}
          INSERT INTO ledger_entries (transfer_id, account, user_id, kind, amount, balance_after, reference_id)
          VALUES ('transfer-9', 'wallet', 'ann', 'payment', -100, 400, 'payment-9'),
                 ('transfer-9', 'sales', NULL, 'payment', 100, NULL, 'payment-9')`,
  },
  {
    invariant: 'wallet-is-its-ledger',
    what: 'a balance lost an update',
    sql: `UPDATE wallets SET balance = balance - 1 WHERE user_id = 'ben'`,
  },
  {
    invariant: 'wallet-is-its-ledger',
    what: 'the chain of balances is broken',
    sql: `${freeLedger} UPDATE ledger_entries SET balance_after = 1499 WHERE transfer_id = 'transfer-2' AND account = 'wallet'`,
  },
  {
    invariant: 'books-balance',
    what: 'a transfer has one side only',
    sql: `${freeLedger} DELETE FROM ledger_entries WHERE transfer_id = 'transfer-3' AND account = 'issued'`,
  },
  {
    invariant: 'books-balance',
    what: 'a charge was booked as a sale',
    sql: `${freeLedger} ALTER TABLE ledger_entries DROP CONSTRAINT account_of_kind, DROP CONSTRAINT direction_of_kind;
          UPDATE ledger_entries SET account = 'sales' WHERE transfer_id = 'transfer-3' AND account = 'issued'`,
  },
  {
    invariant: 'books-balance',
    what: 'a transfer has no cause',
    sql: `DELETE FROM charges WHERE charge_id = 'charge-3'`,
  },
  {
    invariant: 'books-balance',
    what: 'a transfer is to another than who charged',
    sql: `UPDATE charges SET user_id = 'ann' WHERE charge_id = 'charge-3'`,
  },
  {
    invariant: 'books-balance',
    what: 'a balance is not what its last entry left',
    sql: `UPDATE wallets SET balance = balance + 1 WHERE user_id = 'ben'`,
  },
  {
    invariant: 'books-balance',
    what: 'an entry does not follow from the one before',
    sql: `${freeLedger} UPDATE ledger_entries SET balance_after = 1499 WHERE transfer_id = 'transfer-2' AND account = 'wallet'`,
  },
  {
    invariant: 'books-balance',
    what: 'two transfers are wrong by the same amount',
    sql: `${freeLedger} UPDATE ledger_entries SET amount = amount + 1 WHERE transfer_id = 'transfer-1' AND account = 'issued';
          UPDATE ledger_entries SET amount = amount - 1 WHERE transfer_id = 'transfer-2' AND account = 'issued'`,
  },
  {
    invariant: 'charge-key-credited-once',
    what: 'a key made two charges',
    sql: `INSERT INTO charges (charge_id, user_id, amount, idempotency_key) VALUES ('charge-9', 'ann', 1000, 'key-1')`,
  },
  {
    invariant: 'charge-key-credited-once',
    what: 'a charge was not credited',
    sql: `INSERT INTO charges (charge_id, user_id, amount, idempotency_key) VALUES ('charge-9', 'ann', 1000, 'key-9')`,
  },
  {
    invariant: 'charge-key-credited-once',
    what: 'a confirmed key is unknown',
    ...alsoTold(told('charge wallet', 'ben', 201, charge1, { idempotencyKey: 'key-9' })),
  },
];

const refund = (transfer: string, amount: number, payment: string) =>
  `INSERT INTO ledger_entries (transfer_id, account, user_id, kind, amount, balance_after, reference_id)
   VALUES ('${transfer}', 'wallet', 'dora', 'refund', ${amount}, 1100, '${payment}'),
          ('${transfer}', 'sales', NULL, 'refund', ${-amount}, NULL, '${payment}')`;

export const refundBreakages: readonly Breakage[] = [
  {
    invariant: 'cancelled-refunded-once',
    what: 'a cancelled reservation has no refund',
    sql: `${freeLedger} DELETE FROM ledger_entries WHERE kind = 'refund'`,
  },
  {
    invariant: 'cancelled-refunded-once',
    what: 'a cancelled reservation was refunded twice',
    sql: `${freeLedger} DROP INDEX one_transfer_a_reference; ${refund('transfer-9', 500, 'payment-4')}`,
  },
  {
    invariant: 'cancelled-refunded-once',
    what: 'the refund is of another amount',
    sql: `${freeLedger} UPDATE ledger_entries SET amount = amount - sign(amount) WHERE kind = 'refund'`,
  },
  {
    invariant: 'cancelled-refunded-once',
    what: 'a confirmed reservation was refunded',
    sql: `${freeLedger} ${refund('transfer-9', 1000, 'payment-1')}`,
  },
  {
    invariant: 'cancelled-refunded-once',
    what: 'a refund gives back what was not paid',
    sql: `${freeLedger} ${refund('transfer-9', 500, 'payment-9')}`,
  },
  {
    invariant: 'cancelled-refunded-once',
    what: 'a cancelled reservation keeps its seat',
    sql: 'UPDATE reservation_seats SET cancelled_at = NULL',
  },
  {
    invariant: 'books-balance',
    what: 'a cancelled reservation has no refund',
    sql: `${freeLedger} DELETE FROM ledger_entries WHERE kind = 'refund'`,
  },
  {
    invariant: 'books-balance',
    what: 'a payment was refunded twice',
    sql: `${freeLedger} DROP INDEX one_transfer_a_reference; ${refund('transfer-9', 500, 'payment-4')}`,
  },
];
