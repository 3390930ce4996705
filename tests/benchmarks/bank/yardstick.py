"""The yardstick: what a bank file leaves behind, written by one statement a table, in one transaction, with the triggers on.

It is given what was read, laid out in a table; it decides nothing, and locks and checks no more than the database does.
"""

import time
from collections.abc import Iterable
from datetime import date
from typing import Any

import psycopg

from tests.benchmarks.bank.supply import Paid

LAY_OUT = """
    CREATE TEMP TABLE given (n integer PRIMARY KEY, amount numeric(12,2), text text, reference text, name text, iban text,
        line_id uuid DEFAULT gen_random_uuid(), payment_id uuid DEFAULT gen_random_uuid(),
        entry_id uuid DEFAULT gen_random_uuid(), allocation_entry_id uuid DEFAULT gen_random_uuid(),
        transition_id uuid DEFAULT gen_random_uuid(), event_id uuid DEFAULT gen_random_uuid()) ON COMMIT DROP
"""
STATEMENTS = (
    """
    INSERT INTO bank_file (id, file, file_name, size_bytes, checksum, state, line_count, new_count, error_code, error_detail)
    VALUES (%(file)s, %(file)s, 'bare.xml', 1, encode(sha256(%(file)s::text::bytea), 'hex'), 'imported', 0, 0, '', '')
    """,
    """
    INSERT INTO bank_statement (id, bank_file_id, business_entity_id, bank_account_id, number, source, opening_balance,
        closing_balance, line_count, gap, position)
    VALUES (%(statement)s, %(file)s, %(entity)s, %(account)s, '', '', 0, 0, 0, 0, 1)
    """,
    """
    INSERT INTO bank_transaction (id, business_entity_id, bank_account_id, bank_statement_id, fingerprint, booking_date, value_date,
        amount, counterparty_name, counterparty_iban, description, structured_reference, end_to_end_id, bank_reference, type_code,
        is_returned, line_number, state, matched_by, is_by_hand, note)
    SELECT line_id, %(entity)s, %(account)s, %(statement)s, encode(sha256(line_id::text::bytea), 'hex'), %(day)s, %(day)s, amount,
        name, iban, text, reference, '', 'B-' || n, '193', false, n, 'open', '', false, '' FROM given ORDER BY n
    """,
    """
    INSERT INTO journal_entry (id, business_entity_id, kind, entry_date, booked_at, description, source_type, source_id, booked_by)
    SELECT entry_id, %(entity)s, 'bank', %(day)s, now(), name || ' ' || text, 'bank_transaction', line_id, 'bare' FROM given
    """,
    """
    INSERT INTO journal_line (id, entry_id, account_id, debit, credit)
    SELECT gen_random_uuid(), entry_id, account.id, CASE role WHEN 'bank' THEN amount ELSE 0 END,
        CASE role WHEN 'bank' THEN 0 ELSE amount END
    FROM given, ledger_account AS account WHERE account.business_entity_id = %(entity)s AND role IN ('bank', 'unmatched_payments')
    """,
    """
    CREATE TEMP TABLE paid ON COMMIT DROP AS
    SELECT given.*, invoice.id AS invoice_id, invoice.order_id, invoice.invoice_number, row_number() OVER (ORDER BY n) AS place
    FROM given JOIN invoice ON invoice.payment_reference = given.reference AND given.reference <> ''
        OR invoice.invoice_number = substring(given.text FROM 'INV-[A-Z]+-[0-9]+-[0-9]+')
    WHERE invoice.status = 'approved' AND invoice.total_amount = given.amount
    """,
    "ANALYZE paid",
    """
    WITH series AS (
        INSERT INTO number_sequence (id, business_entity_id, document_type, year, is_test, current_value)
        VALUES (gen_random_uuid(), %(entity)s, 'payment', %(year)s, false, (SELECT count(*) FROM paid))
        ON CONFLICT (business_entity_id, document_type, year, is_test)
        DO UPDATE SET current_value = number_sequence.current_value + excluded.current_value
        RETURNING current_value - (SELECT count(*) FROM paid) AS before
    )
    INSERT INTO payment (id, business_entity_id, payment_number, amount, payment_date, payment_method, external_reference, notes,
        bank_transaction_id)
    SELECT payment_id, %(entity)s, 'PAY-CC-' || %(year)s || '-' || lpad((before + place)::text, greatest(5, length((before + place)::text)), '0'),
        amount, %(day)s, 'bank_transfer', '', '', line_id FROM paid, series
    """,
    """
    INSERT INTO journal_entry (id, business_entity_id, kind, entry_date, booked_at, description, source_type, source_id, booked_by)
    SELECT allocation_entry_id, %(entity)s, 'allocation', %(day)s, now(), payment_number, 'payment', payment.id, 'bare'
    FROM paid JOIN payment ON payment.id = payment_id
    """,
    """
    INSERT INTO journal_line (id, entry_id, account_id, debit, credit)
    SELECT gen_random_uuid(), allocation_entry_id, account.id, CASE role WHEN 'unmatched_payments' THEN amount ELSE 0 END,
        CASE role WHEN 'unmatched_payments' THEN 0 ELSE amount END
    FROM paid, ledger_account AS account WHERE account.business_entity_id = %(entity)s AND role IN ('unmatched_payments', 'debtors')
    """,
    """
    INSERT INTO payment_allocation (id, payment_id, invoice_id, amount, is_active)
    SELECT gen_random_uuid(), payment_id, invoice_id, amount, true FROM paid
    """,
    "UPDATE invoice SET paid_amount = amount FROM paid WHERE invoice.id = invoice_id",
    "UPDATE invoice SET status = 'paid', version = version + 1 FROM paid WHERE invoice.id = invoice_id",
    """
    INSERT INTO status_transitions (id, entity_type, entity_id, sequence, workflow, from_status, to_status, transition_reason,
        business_context, occurred_at, actor_kind, actor_id, actor_label, request_id, status_since, left_since, left_overdue,
        is_milestone)
    SELECT transition_id, 'invoice', invoice_id, before.sequence + 1, 'default', standing.current_status, 'paid', '', '{}', now(),
        'task', '', 'bare', '', now(), standing.status_since, false, false
    FROM paid JOIN entity_current_status AS standing ON standing.entity_type = 'invoice' AND standing.entity_id = invoice_id
        JOIN status_transitions AS before ON before.id = standing.last_transition_id
    """,
    """
    UPDATE entity_current_status AS standing SET current_status = 'paid', status_since = now(), last_transition_id = transition_id
    FROM paid WHERE standing.entity_type = 'invoice' AND standing.entity_id = invoice_id
    """,
    """
    INSERT INTO events_outboxevent (id, name, payload, occurred_at, actor_label, request_id)
    SELECT event_id, 'workflow.status_changed', jsonb_build_object('entity_type', 'invoice', 'entity_id', invoice_id,
        'transition_id', transition_id, 'sequence', 3, 'from_status', 'approved', 'to_status', 'paid'), now(), 'bare', ''
    FROM paid
    """,
    """
    INSERT INTO events_eventdelivery (id, event_id, subscriber, state, attempts, next_attempt_at, last_error, retried_by)
    SELECT gen_random_uuid(), event_id, subscriber, 'todo', 0, now(), '', '' FROM paid, unnest(%(subscribers)s::text[]) AS subscriber
    """,
    'UPDATE "order" SET financial_status = \'paid\' FROM paid WHERE "order".id = order_id',
    """
    UPDATE bank_transaction SET state = 'matched', matched_by = CASE reference WHEN '' THEN 'number' ELSE 'reference' END
    FROM paid WHERE bank_transaction.id = line_id
    """,
)
WRITTEN = (
    "bank_transaction", "finance_historicalbanktransaction", "journal_entry", "journal_line", "payment",
    "finance_historicalpayment", "payment_allocation", "finance_historicalpaymentallocation", "finance_historicalinvoice",
    "orders_historicalorder", "status_transitions", "events_outboxevent", "events_eventdelivery", "audit_logs",
)  # fmt: skip


def write(connection: psycopg.Connection, lines: Iterable[Paid], given: dict[str, Any], day: date) -> float:
    """Write all that these lines leave behind; gives the seconds, commit included."""
    parameters = {**given, "day": day, "year": day.year}
    began = time.monotonic()
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(LAY_OUT)
        with cursor.copy("COPY given (n, amount, text, reference, name, iban) FROM STDIN") as copy:
            for place, line in enumerate(lines, start=1):
                copy.write_row((place, line.amount, line.text, line.reference, line.name, line.iban))
        cursor.execute("ANALYZE given")
        for statement in STATEMENTS:
            cursor.execute(statement, parameters)
    return time.monotonic() - began


def rows(connection: psycopg.Connection) -> dict[str, int]:
    """How many there are of what is written, per table."""
    found = {}
    for table in WRITTEN:
        [(found[table],)] = connection.execute(f'SELECT count(*) FROM "{table}"').fetchall()
    return found
