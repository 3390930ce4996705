"""What each row of a watched table adds to the figures, in SQL: one text, used by the triggers that keep the totals current and
by whatever works them out anew.

A fact is (measure, entity_id, day, key, count, amount). A name in braces stands for the rows to read: the table itself, or the
rows that a statement has just written. What is as it is now, and belongs to no day, stands on `NOW`.
"""

import hashlib

from apps.finance.choices import RECEIVABLE, InvoiceType, OnlineState
from apps.orders.choices import OrderStatus, OrderWorkflow
from apps.workflow.choices import Stage

NOW = "0001-01-01"
S = OrderStatus
# How far an order for an installation has come: a lead, its intake, a quote sent, an approval, the end.
STAGES: tuple[tuple[str, ...], ...] = (
    (S.NEW_LEAD, S.INTAKE_SENT),
    (S.INTAKE_COMPLETED, S.QUOTE_DRAFT, S.QUOTE_READY),
    (S.QUOTE_SENT,),
    (S.CUSTOMER_APPROVED, S.PARTNER_APPROVED, S.BOTH_APPROVED, S.PLANNING, S.SCHEDULED, S.IN_PROGRESS),
    (S.COMPLETED,),
)
ENDED_BADLY = (S.CANCELLED, S.REJECTED)


def _list(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{value}'" for value in values)


def _day(moment: str) -> str:
    return f"({moment} AT TIME ZONE 'Europe/Amsterdam')::date"


def _seconds(interval: str) -> str:
    return f"round(extract(epoch FROM {interval}), 2)"


def _stage(status: str) -> str:
    """How far a status is; null for one that tells nothing of it, such as on hold."""
    whens = " ".join(f"WHEN {status} IN ({_list(statuses)}) THEN {stage}" for stage, statuses in enumerate(STAGES))
    return f"CASE {whens} END"


# An order that was removed, or that only tries something out, is in no figure, and nothing that hangs on it either.
COUNTS = "NOT owner.is_test AND owner.deleted_at IS NULL"
ORDERS = f"""
    SELECT measure, owner.business_entity_id AS entity_id, day, key, 1 AS count, owner.total_excl_vat AS amount
    FROM {{orders}} AS owner CROSS JOIN LATERAL (VALUES
        ('orders', '{NOW}'::date, owner.workflow || '/' || owner.status),
        ('new_orders', {_day("owner.created_at")}, ''),
        ('partner_orders', {_day("owner.created_at")}, owner.partner_organization_id::text),
        ('completed_orders', owner.actual_completion_date, '')
    ) AS fact (measure, day, key) WHERE {COUNTS} AND day IS NOT NULL AND key IS NOT NULL
"""  # noqa: S608 - our own words
# A hold is no step: who comes back from it goes on where it stood.
IS_LEFT = f"step.from_status <> '{S.ON_HOLD}' AND step.to_status <> '{S.ON_HOLD}'"
STEPS = f"""
    SELECT measure, owner.business_entity_id, {_day("step.occurred_at")}, step.from_status, 1,
        CASE measure WHEN 'time_in_status' THEN {_seconds("step.occurred_at - step.left_since")} ELSE 0 END
    FROM {{orders}} AS owner JOIN {{steps}} AS step ON step.entity_type = 'order' AND step.entity_id = owner.id
    CROSS JOIN LATERAL (VALUES
        ('time_in_status', step.left_since IS NOT NULL),
        ('steps_late', step.left_overdue OR step.left_deadline < step.occurred_at),
        ('steps_in_time', NOT step.left_overdue AND step.left_deadline >= step.occurred_at)
    ) AS fact (measure, holds) WHERE {COUNTS} AND {IS_LEFT} AND fact.holds
    UNION ALL
    SELECT 'cancelled_orders', owner.business_entity_id, {_day("step.occurred_at")}, step.to_status, 1, 0
    FROM {{orders}} AS owner JOIN {{steps}} AS step ON step.entity_type = 'order' AND step.entity_id = owner.id
    WHERE {COUNTS} AND step.to_status IN ({_list(ENDED_BADLY)})
    UNION ALL
    SELECT 'reached', owner.business_entity_id, {_day("owner.created_at")}, reached.stage::text, 1, 0
    FROM {{orders}} AS owner JOIN {{steps}} AS step ON step.entity_type = 'order' AND step.entity_id = owner.id
    CROSS JOIN LATERAL (
        SELECT coalesce(max({_stage("earlier.to_status")}), -1) AS furthest FROM status_transitions AS earlier
        WHERE earlier.entity_type = 'order' AND earlier.entity_id = owner.id AND earlier.sequence < step.sequence
    ) AS before
    CROSS JOIN LATERAL generate_series(before.furthest + 1, {_stage("step.to_status")}) AS reached (stage)
    WHERE {COUNTS} AND owner.workflow = '{OrderWorkflow.INSTALLATION}'
"""  # noqa: S608 - our own words
HOLDS = f"""
    SELECT measure, owner.business_entity_id, day, key, 1, amount
    FROM {{orders}} AS owner JOIN {{holds}} AS hold ON hold.order_id = owner.id
    CROSS JOIN LATERAL (VALUES
        ('active_holds', CASE WHEN hold.is_active THEN '{NOW}'::date END, hold.hold_reason_category,
            round(extract(epoch FROM hold.held_at), 2)),
        ('held_until', CASE WHEN hold.is_active THEN hold.estimated_resume_date END, hold.hold_reason_category, 0),
        ('new_holds', {_day("hold.held_at")}, hold.hold_reason_category, 0),
        ('resolved_holds', {_day("hold.resolved_at")}, hold.hold_reason_category, {_seconds("hold.resolved_at - hold.held_at")})
    ) AS fact (measure, day, key, amount) WHERE {COUNTS} AND day IS NOT NULL
"""  # noqa: S608 - our own words
HOW_LATE = f"CASE status.stage WHEN {Stage.ESCALATED} THEN '{Stage.ESCALATED.code}' ELSE '{Stage.BREACHED.code}' END"
LATE = f"""
    SELECT 'late', owner.business_entity_id, '{NOW}'::date, 'order/' || {HOW_LATE}, 1, 0
    FROM {{orders}} AS owner JOIN {{statuses}} AS status ON status.entity_type = 'order' AND status.entity_id = owner.id
    WHERE {COUNTS} AND status.is_overdue
"""  # noqa: S608 - our own words
LATE_OTHERS = f"""
    SELECT 'late', status.business_entity_id, '{NOW}'::date, status.entity_type || '/' || {HOW_LATE}, 1, 0
    FROM {{statuses}} AS status
    WHERE status.is_overdue AND status.entity_type <> 'order' AND status.business_entity_id IS NOT NULL
"""  # noqa: S608 - our own words
BOOKS = """
    SELECT 'booked', entry.business_entity_id, entry.entry_date, line.account_id::text, 1, line.credit - line.debit
    FROM {lines} AS line JOIN journal_entry AS entry ON entry.id = line.entry_id
"""
INVOICES = f"""
    SELECT measure, invoice.business_entity_id, day, key, 1, amount
    FROM {{invoices}} AS invoice CROSS JOIN LATERAL (
        VALUES ('invoiced', invoice.invoice_date, invoice.invoice_type, invoice.total_amount),
            ('open', CASE WHEN invoice.status IN ({_list(RECEIVABLE)}) AND invoice.invoice_type <> '{InvoiceType.CREDIT_NOTE}'
                THEN invoice.due_date END, '',
                invoice.total_amount - invoice.paid_amount - invoice.credited_amount - invoice.written_off_amount)
        UNION ALL
        SELECT measure, invoice.invoice_date, tax.vat_category || '/' || tax.vat_rate, tax_amount
        FROM invoice_tax AS tax CROSS JOIN LATERAL (VALUES ('vat_base', tax.taxable), ('vat', tax.amount)) AS side (measure, tax_amount)
        WHERE tax.invoice_id = invoice.id
    ) AS fact (measure, day, key, amount) WHERE invoice.invoice_number IS NOT NULL AND day IS NOT NULL
"""  # noqa: S608 - our own words
PAYMENTS = """
    SELECT 'received', payment.business_entity_id, payment.payment_date, payment.payment_method, 1, payment.amount
    FROM {payments} AS payment
"""
FAILED_PAYMENTS = f"""
    SELECT 'failed_payments', online.business_entity_id, {_day("online.started_at")}, '', 1, online.amount
    FROM {{online}} AS online WHERE online.state = '{OnlineState.FAILED}' AND NOT online.is_test
"""  # noqa: S608 - our own words
COMMISSIONS = """
    SELECT measure, earned.business_entity_id, earned.calculated_on, key, 1, earned.commission_amount - earned.reversed_amount
    FROM {commissions} AS earned CROSS JOIN LATERAL (VALUES
        ('commissions', earned.status), ('partner_commissions', earned.beneficiary_id::text)
    ) AS fact (measure, key)
"""
# What hangs on an order goes and comes back with it.
OF_ORDERS = (STEPS, HOLDS, LATE)
EVERY = (ORDERS, *OF_ORDERS, LATE_OTHERS, BOOKS, INVOICES, PAYMENTS, FAILED_PAYMENTS, COMMISSIONS)
TABLES = {
    "orders": 'public."order"',
    "steps": "public.status_transitions",
    "holds": "public.order_hold_details",
    "statuses": "public.entity_current_status",
    "lines": "public.journal_line",
    "invoices": "public.invoice",
    "payments": "public.payment",
    "online": "public.online_payment",
    "commissions": "public.partner_commission",
}


def facts_of(*sources: str, **rows: str) -> str:
    """The SELECT of the facts of these sources; `rows` says what is read in place of a table."""
    return " UNION ALL ".join(source.format(**(TABLES | rows)) for source in sources)


def summed(facts: str) -> str:
    """The SELECT of facts that were added up: one row of each kind, where anything is left."""
    return f"""SELECT measure, entity_id, day, key, sum(count) AS count, sum(amount) AS amount FROM ({facts}) AS facts
        GROUP BY measure, entity_id, day, key HAVING sum(count) <> 0 OR sum(amount) <> 0"""  # noqa: S608 - our own words


def running(totals: str) -> str:
    """The SELECT of what totals of days come to from the first of each month to each later day in it."""
    return f"""SELECT measure, entity_id, until::date AS day, key, sum(count) AS count, sum(amount) AS amount
        FROM ({totals}) AS totals CROSS JOIN LATERAL generate_series(
            day, CASE WHEN day = '{NOW}' THEN day ELSE date_trunc('month', day) + interval '1 month - 1 day' END, interval '1 day'
        ) AS until GROUP BY measure, entity_id, until, key HAVING sum(count) <> 0 OR sum(amount) <> 0"""  # noqa: S608 - our own words


EVERY_TOTAL = running(summed(facts_of(*EVERY)))
# Tells totals that were worked out by other rules than today's.
FINGERPRINT = hashlib.sha256(EVERY_TOTAL.encode()).hexdigest()
