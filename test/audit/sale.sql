-- A small sale in which all is well: Ann charged twice and bought seats 1 and 2, Ben let his hold of seat 3 run
-- out, Dora extended her hold of seat 4, paid for it and cancelled, nobody wanted seat 5.
INSERT INTO performances (performance_id, name, starts_at, opens_at, row_count, seats_per_row, price, capacity,
                          admit_per_second, admission_seconds, heartbeat_seconds, hold_seconds, max_seats_per_user)
VALUES ('show', 'The show', now() + interval '1 day', now() - interval '1 hour', 1, 5, 500, 2, 100, 60, 60, 60, 4);
INSERT INTO seats (seat_id, performance_id, row_label, row_index, number, price)
SELECT 'show-A' || n, 'show', 'A', 0, n, 500 FROM generate_series(1, 5) n;

INSERT INTO wallets (user_id) VALUES ('ann'), ('ben'), ('dora');
INSERT INTO charges (charge_id, user_id, amount, idempotency_key)
VALUES ('charge-1', 'ann', 1000, 'key-1'), ('charge-2', 'ann', 500, 'key-2'), ('charge-3', 'ben', 300, 'key-3'),
       ('charge-4', 'dora', 600, 'key-5');

INSERT INTO holds (hold_id, performance_id, user_id, seat_ids, amount, fence, status, created_at, expires_at, ended_at)
VALUES ('hold-1', 'show', 'ann', '{show-A1,show-A2}', 1000, 11, 'paid', '2026-01-01 10:00:00Z', '2026-01-01 10:01:00Z', '2026-01-01 10:00:30Z'),
       ('hold-2', 'show', 'ben', '{show-A3}', 500, 12, 'held', '2026-01-01 10:00:00Z', '2026-01-01 10:01:00Z', NULL);
INSERT INTO holds (hold_id, performance_id, user_id, seat_ids, amount, fence, status, extended, created_at, expires_at, ended_at)
VALUES ('hold-4', 'show', 'dora', '{show-A4}', 500, 13, 'paid', true, '2026-01-01 10:00:00Z', '2026-01-01 10:01:50Z', '2026-01-01 10:01:30Z');
INSERT INTO reservations (reservation_id, performance_id, user_id, hold_id, seat_ids, amount, status)
VALUES ('reservation-1', 'show', 'ann', 'hold-1', '{show-A1,show-A2}', 1000, 'confirmed'),
       ('reservation-4', 'show', 'dora', 'hold-4', '{show-A4}', 500, 'cancelled');
INSERT INTO reservation_seats (reservation_id, seat_id)
VALUES ('reservation-1', 'show-A1'), ('reservation-1', 'show-A2');
INSERT INTO reservation_seats (reservation_id, seat_id, cancelled_at)
VALUES ('reservation-4', 'show-A4', '2026-01-01 10:02:00Z');
INSERT INTO payments (payment_id, user_id, hold_id, reservation_id, amount, created_at)
VALUES ('payment-1', 'ann', 'hold-1', 'reservation-1', 1000, '2026-01-01 10:00:30Z'),
       ('payment-4', 'dora', 'hold-4', 'reservation-4', 500, '2026-01-01 10:01:30Z');

-- Each as it would have been written: the wallet first, then the entries that leave its balance.
UPDATE wallets SET balance = 1000 WHERE user_id = 'ann';
INSERT INTO ledger_entries (transfer_id, account, user_id, kind, amount, balance_after, reference_id)
VALUES ('transfer-1', 'wallet', 'ann', 'charge', 1000, 1000, 'charge-1'), ('transfer-1', 'issued', NULL, 'charge', -1000, NULL, 'charge-1');
UPDATE wallets SET balance = 1500 WHERE user_id = 'ann';
INSERT INTO ledger_entries (transfer_id, account, user_id, kind, amount, balance_after, reference_id)
VALUES ('transfer-2', 'wallet', 'ann', 'charge', 500, 1500, 'charge-2'), ('transfer-2', 'issued', NULL, 'charge', -500, NULL, 'charge-2');
UPDATE wallets SET balance = 300 WHERE user_id = 'ben';
INSERT INTO ledger_entries (transfer_id, account, user_id, kind, amount, balance_after, reference_id)
VALUES ('transfer-3', 'wallet', 'ben', 'charge', 300, 300, 'charge-3'), ('transfer-3', 'issued', NULL, 'charge', -300, NULL, 'charge-3');
UPDATE wallets SET balance = 500 WHERE user_id = 'ann';
INSERT INTO ledger_entries (transfer_id, account, user_id, kind, amount, balance_after, reference_id)
VALUES ('transfer-4', 'wallet', 'ann', 'payment', -1000, 500, 'payment-1'), ('transfer-4', 'sales', NULL, 'payment', 1000, NULL, 'payment-1');
UPDATE wallets SET balance = 600 WHERE user_id = 'dora';
INSERT INTO ledger_entries (transfer_id, account, user_id, kind, amount, balance_after, reference_id)
VALUES ('transfer-5', 'wallet', 'dora', 'charge', 600, 600, 'charge-4'), ('transfer-5', 'issued', NULL, 'charge', -600, NULL, 'charge-4');
UPDATE wallets SET balance = 100 WHERE user_id = 'dora';
INSERT INTO ledger_entries (transfer_id, account, user_id, kind, amount, balance_after, reference_id)
VALUES ('transfer-6', 'wallet', 'dora', 'payment', -500, 100, 'payment-4'), ('transfer-6', 'sales', NULL, 'payment', 500, NULL, 'payment-4');
UPDATE wallets SET balance = 600 WHERE user_id = 'dora';
INSERT INTO ledger_entries (transfer_id, account, user_id, kind, amount, balance_after, reference_id)
VALUES ('transfer-7', 'wallet', 'dora', 'refund', 500, 600, 'payment-4'), ('transfer-7', 'sales', NULL, 'refund', -500, NULL, 'payment-4');

UPDATE seats SET status = 'sold', reservation_id = 'reservation-1', version = 2 WHERE seat_id IN ('show-A1', 'show-A2');
UPDATE seats SET status = 'held', hold_id = 'hold-2', held_until = '2026-01-01 10:01:00Z', version = 1 WHERE seat_id = 'show-A3';
UPDATE seats SET version = 3 WHERE seat_id = 'show-A4';
INSERT INTO seat_map (seat_id, performance_id, status, version, changed_at)
SELECT seat_id, performance_id, status, version, now() FROM seats WHERE version > 0;
INSERT INTO tickets (ticket_id, reservation_id, seat_id)
VALUES ('ticket-1', 'reservation-1', 'show-A1'), ('ticket-2', 'reservation-1', 'show-A2'), ('ticket-4', 'reservation-4', 'show-A4');
INSERT INTO outbox (event_id, topic, key, payload, published_at)
SELECT 'event-' || n, 'reservation-events', 'show-A1', '{}', now() FROM generate_series(1, 5) n;
