"""The companies' months over all orders, beside plain SQL that writes the same months.

Its orders have no invoices yet: most of the completed ones get one with its entry in the books, by the tables' owner.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import psycopg

TABLES = ("invoice", "journal_entry", "journal_line")
# One in sixteen is left for the act `invoices`.
INVOICES = """
    CREATE TEMP TABLE supplied ON COMMIT DROP AS
    SELECT gen_random_uuid() AS id, gen_random_uuid() AS entry, orders.id AS order_id, business_entity_id, actual_completion_date AS day,
        customer_organization_id, contact.id AS contact_id, total_excl_vat AS excl, total_incl_vat - total_excl_vat AS vat,
        row_number() OVER () AS place
    FROM "order" AS orders JOIN contact ON contact.organization_id = customer_organization_id AND contact.is_primary
    WHERE orders.status = 'completed' AND NOT is_test AND orders.deleted_at IS NULL AND total_excl_vat > 0
        AND right(orders.id::text, 1) <> '0' AND actual_completion_date IS NOT NULL
        AND NOT EXISTS (SELECT FROM invoice WHERE invoice.order_id = orders.id);
    INSERT INTO invoice (id, business_entity_id, order_id, invoice_number, invoice_type, billing_organization_id,
        billing_contact_id, status, version, invoice_date, delivery_date, due_date, payment_term_days, subtotal_excl_tax,
        total_tax, total_amount, paid_amount, credited_amount, payment_reference, customer_reference, reason, parties, approved_at)
    SELECT id, business_entity_id, order_id, 'SUPPLY-' || left(id::text, 18), 'customer_invoice', customer_organization_id, contact_id,
        'approved', 2, day, day, day + 14, 14, excl, vat, excl + vat, 0, 0, '', '', '', '{}', now() FROM supplied;
    INSERT INTO journal_entry (id, business_entity_id, kind, entry_date, booked_at, description, source_type, source_id, booked_by)
    SELECT entry, business_entity_id, 'invoice', day, now(), 'Supply', 'invoice', id, '' FROM supplied;
    INSERT INTO journal_line (id, entry_id, account_id, debit, credit)
    SELECT gen_random_uuid(), entry, account.id, greatest(side.amount, 0), greatest(-side.amount, 0)
    FROM supplied CROSS JOIN LATERAL
        (VALUES ('debtors', excl + vat), ('revenue', -excl), ('vat_standard', -vat)) AS side (role, amount)
    JOIN ledger_account AS account ON account.business_entity_id = supplied.business_entity_id AND account.role = side.role
    WHERE side.amount <> 0;
"""
BARE = """
    WITH placed AS (
        SELECT business_entity_id, date_trunc('month', created_at AT TIME ZONE 'Europe/Amsterdam')::date AS month,
            count(*) AS orders, sum(total_excl_vat) AS value
        FROM "order" WHERE NOT is_test AND deleted_at IS NULL GROUP BY 1, 2
    ), completed AS (
        SELECT business_entity_id, date_trunc('month', actual_completion_date)::date AS month, count(*) AS completed
        FROM "order" WHERE NOT is_test AND deleted_at IS NULL AND actual_completion_date IS NOT NULL GROUP BY 1, 2
    ), invoiced AS (
        SELECT business_entity_id, date_trunc('month', invoice_date)::date AS month, count(*) AS invoices
        FROM invoice WHERE invoice_number IS NOT NULL AND invoice_type <> 'credit_note' GROUP BY 1, 2
    ), paid AS (
        SELECT business_entity_id, date_trunc('month', payment_date)::date AS month, count(*) AS payments
        FROM payment GROUP BY 1, 2
    ), booked AS (
        SELECT entry.business_entity_id, date_trunc('month', entry_date)::date AS month,
            sum(credit - debit) FILTER (WHERE role IN ('revenue', 'credits')) AS revenue,
            sum(debit - credit) FILTER (WHERE role IN ('cost_of_goods', 'commission_cost')) AS costs,
            sum(debit - credit) FILTER (WHERE role = 'commission_cost') AS commissions,
            sum(debit - credit) FILTER (WHERE role = 'debtors') AS debtors
        FROM journal_entry AS entry JOIN journal_line ON entry_id = entry.id JOIN ledger_account ON ledger_account.id = account_id
        GROUP BY 1, 2
    )
    INSERT INTO financial_summary (id, business_entity_id, year, month, total_revenue, total_costs, total_profit, invoice_count,
        payment_count, debtors_movement, outstanding_amount, partner_commission_total, order_count, completed_order_count,
        average_order_value, calculated_at)
    SELECT gen_random_uuid(), business_entity_id, extract(year FROM month), extract(month FROM month), coalesce(revenue, 0),
        coalesce(costs, 0), coalesce(revenue, 0) - coalesce(costs, 0), coalesce(invoices, 0), coalesce(payments, 0),
        coalesce(debtors, 0), coalesce(sum(debtors) OVER (PARTITION BY business_entity_id ORDER BY month), 0),
        coalesce(commissions, 0), coalesce(orders, 0), coalesce(completed, 0), coalesce(round(value / nullif(orders, 0), 2), 0), now()
    FROM placed FULL JOIN completed USING (business_entity_id, month) FULL JOIN invoiced USING (business_entity_id, month)
        FULL JOIN paid USING (business_entity_id, month) FULL JOIN booked USING (business_entity_id, month)
    ON CONFLICT (business_entity_id, year, month) DO UPDATE SET total_revenue = excluded.total_revenue,
        total_costs = excluded.total_costs, total_profit = excluded.total_profit, invoice_count = excluded.invoice_count,
        payment_count = excluded.payment_count, debtors_movement = excluded.debtors_movement,
        outstanding_amount = excluded.outstanding_amount, partner_commission_total = excluded.partner_commission_total,
        order_count = excluded.order_count, completed_order_count = excluded.completed_order_count,
        average_order_value = excluded.average_order_value, calculated_at = now()
"""
SHOWN = (
    "SELECT business_entity_id, year, month, total_revenue, total_costs, invoice_count, payment_count, debtors_movement,"
    " outstanding_amount, partner_commission_total, order_count, completed_order_count, average_order_value"
    " FROM financial_summary ORDER BY 1, 2, 3"
)


def supply(owner: psycopg.Connection) -> int:
    """Give completed orders an invoice that is booked, where they have none; says how many invoices there are."""
    with owner.transaction():
        for table in TABLES:
            owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        with psycopg.ClientCursor(owner) as cursor:
            cursor.execute(INVOICES)
        owner.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in TABLES:
            owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    for table in ("order", *TABLES):
        owner.execute(f'VACUUM (ANALYZE) "{table}"')
    [(count,)] = owner.execute("SELECT count(*) FROM invoice").fetchall()
    return int(count)


def measure(rounds: int) -> dict[str, Any]:
    """Seconds of both in turns, whether they wrote the same, and what a day costs in which little happened."""
    import django

    django.setup()
    from apps.finance.services import update_financial_summaries

    ours: list[float] = []
    bare: list[float] = []
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        by_sql = [(lambda: connection.execute(BARE), bare), (lambda: update_financial_summaries(everything=True), ours)]
        seen = []
        for turn in range(rounds + 1):
            for work, times in by_sql if turn % 2 == 0 else by_sql[::-1]:
                times.append(_seconds(work))
                seen.append(connection.execute(SHOWN).fetchall())
        daily = _seconds(update_financial_summaries)
    if any(each != seen[0] for each in seen):
        raise SystemExit("The months differ")
    mine, its = ours[1:], bare[1:]  # the first of each has the tables read
    return {
        "ratio": max(median(mine), daily) / median(its),
        "lines": [
            f"  all months {median(mine):.2f} s ({min(mine):.2f}-{max(mine):.2f})",
            f"  the same by SQL {median(its):.2f} s ({min(its):.2f}-{max(its):.2f})",
            f"  those that changed lately {daily:.2f} s; {len(seen[0])} months of companies, the same by both",
        ],
    }


def _seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chargecars.settings")
    sys.stdout.write(json.dumps(measure(int(sys.argv[1]))))
