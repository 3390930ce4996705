"""A company's months, read from orders, documents and books: the SQL that makes them and that checks them.

A month is its first day, by the clock of Amsterdam.
"""

# The columns of a month, in the order in which the sources' sums give them.
SUMMED = (
    "total_revenue", "total_costs", "total_profit", "invoice_count", "payment_count", "debtors_movement",
    "partner_commission_total", "order_count", "completed_order_count", "average_order_value",
)  # fmt: skip
# Each source gives a company, a month, and what it knows of it. The names in braces narrow it to months that changed.
SOURCES = """
    SELECT source.business_entity_id, date_trunc('month', source.created_at AT TIME ZONE 'Europe/Amsterdam')::date AS month,
        count(*) AS orders, sum(total_excl_vat) AS order_value, 0 AS completed, 0 AS invoices, 0 AS payments,
        0.00 AS revenue, 0.00 AS costs, 0.00 AS commissions, 0.00 AS debtors
    FROM "order" AS source {placed} WHERE NOT is_test AND deleted_at IS NULL GROUP BY 1, 2
    UNION ALL
    SELECT source.business_entity_id, date_trunc('month', actual_completion_date)::date, 0, 0, count(*), 0, 0, 0, 0, 0, 0
    FROM "order" AS source {completed}
    WHERE NOT is_test AND deleted_at IS NULL AND actual_completion_date IS NOT NULL GROUP BY 1, 2
    UNION ALL
    SELECT source.business_entity_id, date_trunc('month', invoice_date)::date, 0, 0, 0, count(*), 0, 0, 0, 0, 0
    FROM invoice AS source {invoiced}
    WHERE invoice_number IS NOT NULL AND invoice_type <> 'credit_note' GROUP BY 1, 2
    UNION ALL
    SELECT source.business_entity_id, date_trunc('month', payment_date)::date, 0, 0, 0, 0, count(*), 0, 0, 0, 0
    FROM payment AS source {paid} GROUP BY 1, 2
    UNION ALL
    SELECT source.business_entity_id, date_trunc('month', entry_date)::date, 0, 0, 0, 0, 0,
        sum(line.credit - line.debit) FILTER (WHERE account.role IN ('revenue', 'credits')),
        sum(line.debit - line.credit) FILTER (WHERE account.role IN ('cost_of_goods', 'commission_cost')),
        sum(line.debit - line.credit) FILTER (WHERE account.role = 'commission_cost'),
        sum(line.debit - line.credit) FILTER (WHERE account.role = 'debtors')
    FROM journal_entry AS source {booked}
    JOIN journal_line AS line ON line.entry_id = source.id JOIN ledger_account AS account ON account.id = line.account_id
    WHERE account.role IN ('revenue', 'credits', 'cost_of_goods', 'commission_cost', 'debtors') GROUP BY 1, 2
"""
# A known month is worked out also where nothing is left in it.
MONTHS = """
    SELECT business_entity_id, extract(year FROM month)::int AS year, extract(month FROM month)::int AS month,
        coalesce(sum(revenue), 0) AS total_revenue, coalesce(sum(costs), 0) AS total_costs,
        coalesce(sum(revenue), 0) - coalesce(sum(costs), 0) AS total_profit,
        sum(invoices) AS invoice_count, sum(payments) AS payment_count,
        coalesce(sum(debtors), 0) AS debtors_movement, coalesce(sum(commissions), 0) AS partner_commission_total,
        sum(orders) AS order_count, sum(completed) AS completed_order_count,
        coalesce(round(sum(order_value) / nullif(sum(orders), 0), 2), 0) AS average_order_value
    FROM (
        {sources}
        UNION ALL SELECT business_entity_id, month, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM {known}
    ) AS sources GROUP BY 1, sources.month
"""
STORED = "(SELECT business_entity_id, make_date(year, month, 1) AS month FROM financial_summary) AS stored"
EVERY_MONTH = MONTHS.format(sources=SOURCES.format(placed="", completed="", invoiced="", paid="", booked=""), known=STORED)

# A row's moments are those of the start of its transaction, which may have ended after a run had looked.
CHANGED = """
    WITH since AS (SELECT coalesce(max(calculated_at) - interval '15 minutes', '-infinity') AS at FROM financial_summary)
    SELECT business_entity_id, date_trunc('month', created_at AT TIME ZONE 'Europe/Amsterdam')::date AS month
        FROM "order" WHERE updated_at >= (SELECT at FROM since)
    UNION SELECT business_entity_id, date_trunc('month', actual_completion_date)::date
        FROM "order" WHERE updated_at >= (SELECT at FROM since) AND actual_completion_date IS NOT NULL
    UNION SELECT business_entity_id, date_trunc('month', invoice_date)::date
        FROM invoice WHERE updated_at >= (SELECT at FROM since) AND invoice_date IS NOT NULL
    UNION SELECT business_entity_id, date_trunc('month', payment_date)::date
        FROM payment WHERE updated_at >= (SELECT at FROM since)
    UNION SELECT business_entity_id, date_trunc('month', entry_date)::date
        FROM journal_entry WHERE created_at >= (SELECT at FROM since)
"""


def _in_changed(column: str, *, place: str = "") -> str:
    """Only what falls in a month that changed, in a form in which an index on company and day is of use."""
    return (
        "JOIN changed ON changed.business_entity_id = source.business_entity_id"
        f" AND source.{column} >= changed.month::timestamp{place}"
        f" AND source.{column} < (changed.month + interval '1 month'){place}"
    )


CHANGED_MONTHS = MONTHS.format(
    sources=SOURCES.format(
        placed=_in_changed("created_at", place=" AT TIME ZONE 'Europe/Amsterdam'"),
        completed=_in_changed("actual_completion_date"),
        invoiced=_in_changed("invoice_date"),
        paid=_in_changed("payment_date"),
        booked=_in_changed("entry_date"),
    ),
    known="changed",
)
