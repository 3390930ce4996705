"""What must hold between invoices, the books and what was paid."""

from collections.abc import Iterator

from apps.core.consistency import Check, Difference, Snapshot, checks
from apps.finance.queries.summaries import CHANGED, EVERY_MONTH, SUMMED
from apps.organizations.checks import numbers_check
from apps.organizations.choices import DocumentType

NUMBERED = "SELECT business_entity_id AS holder, invoice_number AS number, false AS is_test FROM invoice WHERE invoice_number IS NOT NULL"
INVOICES = f"{NUMBERED} AND invoice_type <> 'credit_note'"
CREDIT_NOTES = f"{NUMBERED} AND invoice_type = 'credit_note'"
PAYMENTS = "SELECT business_entity_id AS holder, payment_number AS number, false AS is_test FROM payment"
BATCHES = "SELECT business_entity_id AS holder, batch_number AS number, false AS is_test FROM payment_batch"
TOTALS = """
    WITH lines AS (SELECT invoice_id, sum(total) AS excl FROM invoice_line GROUP BY invoice_id),
    taxes AS (SELECT invoice_id, sum(taxable) AS excl, sum(amount) AS vat FROM invoice_tax GROUP BY invoice_id)
    SELECT 'invoice ' || coalesce(invoice_number, invoice.id::text), concat_ws(' / ', lines.excl, taxes.excl, taxes.vat),
        concat_ws(' / ', subtotal_excl_tax, subtotal_excl_tax, total_tax)
    FROM invoice LEFT JOIN lines ON lines.invoice_id = invoice.id LEFT JOIN taxes ON taxes.invoice_id = invoice.id
    WHERE (subtotal_excl_tax, subtotal_excl_tax, total_tax) IS DISTINCT FROM (lines.excl, taxes.excl, taxes.vat)
"""
PAID = """
    WITH paid AS (SELECT invoice_id, sum(amount) AS amount FROM payment_allocation WHERE is_active GROUP BY invoice_id),
    credited AS (
        SELECT credited_invoice_id AS invoice_id, -sum(total_amount) AS amount FROM invoice
        WHERE credited_invoice_id IS NOT NULL AND invoice_number IS NOT NULL GROUP BY 1
    ), given_up AS (SELECT invoice_id, sum(amount) AS amount FROM write_off WHERE is_active GROUP BY 1)
    SELECT 'invoice ' || invoice_number,
        concat_ws(' / ', coalesce(paid.amount, 0), coalesce(credited.amount, 0), coalesce(given_up.amount, 0)),
        concat_ws(' / ', paid_amount, credited_amount, written_off_amount)
    FROM invoice LEFT JOIN paid ON paid.invoice_id = invoice.id LEFT JOIN credited ON credited.invoice_id = invoice.id
    LEFT JOIN given_up ON given_up.invoice_id = invoice.id
    WHERE (paid_amount, credited_amount, written_off_amount)
        <> (coalesce(paid.amount, 0), coalesce(credited.amount, 0), coalesce(given_up.amount, 0))
"""
BOOKED = """
    WITH booked AS (
        SELECT entry.source_id, sum(line.debit - line.credit) AS amount
        FROM journal_entry AS entry JOIN journal_line AS line ON line.entry_id = entry.id
        JOIN ledger_account AS account ON account.id = line.account_id
        WHERE entry.source_type = 'invoice' AND account.role = 'debtors' GROUP BY entry.source_id
    )
    SELECT 'invoice ' || invoice_number, total_amount::text, coalesce(booked.amount, 0)::text
    FROM invoice LEFT JOIN booked ON booked.source_id = invoice.id
    WHERE invoice_number IS NOT NULL AND total_amount <> coalesce(booked.amount, 0)
"""
BANK = """
    WITH booked AS (
        SELECT entry.source_id, sum(line.debit - line.credit) AS amount
        FROM journal_entry AS entry JOIN journal_line AS line ON line.entry_id = entry.id
        JOIN ledger_account AS account ON account.id = line.account_id
        WHERE entry.source_type = 'bank_transaction' AND account.role = 'bank' GROUP BY entry.source_id
    )
    SELECT 'bank line ' || line.id, wanted.amount::text, coalesce(booked.amount, 0)::text
    FROM bank_transaction AS line LEFT JOIN booked ON booked.source_id = line.id
    CROSS JOIN LATERAL (SELECT CASE WHEN line.part_of_id IS NULL THEN line.amount ELSE 0 END AS amount) AS wanted
    WHERE wanted.amount <> coalesce(booked.amount, 0)
"""
BANK_PARTS = """
    WITH parts AS (SELECT part_of_id, sum(amount) AS amount FROM bank_transaction WHERE part_of_id IS NOT NULL GROUP BY 1)
    SELECT 'bank line ' || whole.id, CASE whole.state WHEN 'split' THEN whole.amount ELSE 0 END::text, coalesce(parts.amount, 0)::text
    FROM bank_transaction AS whole LEFT JOIN parts ON parts.part_of_id = whole.id
    WHERE CASE whole.state WHEN 'split' THEN whole.amount ELSE 0 END <> coalesce(parts.amount, 0)
"""
BALANCE = """
    SELECT 'journal entry ' || entry_id, '0.00', sum(debit - credit)::text
    FROM journal_line GROUP BY entry_id HAVING sum(debit) <> sum(credit)
"""

# As a partner would: rate times what was invoiced, within the limits that stand with it, less what credit notes took back.
COMMISSIONS = """
    WITH credited AS (
        SELECT credited_invoice_id AS invoice_id, -sum(subtotal_excl_tax) AS amount FROM invoice
        WHERE credited_invoice_id IS NOT NULL AND invoice_number IS NOT NULL GROUP BY 1
    ), again AS (
        SELECT commission.id, invoice.subtotal_excl_tax AS base, greatest(0, least(
            CASE calculation_method WHEN 'fixed' THEN fixed_amount - granted_before
                ELSE round(subtotal_excl_tax * commission_rate / 100, 2) END,
            subtotal_excl_tax - given_to_others, max_per_order - granted_before
        )) AS amount, least(coalesce(credited.amount, 0), base_amount) / base_amount AS share
        FROM partner_commission AS commission JOIN invoice ON invoice.id = commission.invoice_id
        LEFT JOIN credited ON credited.invoice_id = commission.invoice_id
    )
    SELECT 'commission ' || id, concat_ws(' / ', base, amount, round(amount * share, 2)),
        concat_ws(' / ', base_amount, commission_amount, reversed_amount)
    FROM partner_commission JOIN again USING (id)
    WHERE (base_amount, commission_amount) <> (base, amount)
        OR status <> 'rejected' AND reversed_amount <> round(amount * share, 2)
"""
COMMISSIONS_BOOKED = """
    WITH booked AS (
        SELECT entry.source_id, sum(line.credit - line.debit) AS amount
        FROM journal_entry AS entry JOIN journal_line AS line ON line.entry_id = entry.id
        JOIN ledger_account AS account ON account.id = line.account_id
        WHERE entry.source_type = 'partner_commission' AND account.role = 'commission_payable' GROUP BY entry.source_id
    ), wanted AS (
        SELECT id, CASE status WHEN 'rejected' THEN 0 ELSE commission_amount - reversed_amount END AS amount FROM partner_commission
    )
    SELECT 'commission ' || wanted.id, wanted.amount::text, coalesce(booked.amount, 0)::text
    FROM wanted LEFT JOIN booked ON booked.source_id = wanted.id WHERE wanted.amount <> coalesce(booked.amount, 0)
"""

PAYOUTS = """
    WITH given AS (
        SELECT line.batch_id, sum(coalesce(refund.amount, payout.amount)) AS amount
        FROM payment_batch_line AS line LEFT JOIN commission_payout AS payout ON payout.line_id = line.id
        LEFT JOIN refund ON refund.id = line.refund_id GROUP BY 1
    ), lines AS (SELECT batch_id, sum(amount) AS amount FROM payment_batch_line GROUP BY 1
    ), booked AS (
        SELECT entry.source_id, sum(line.debit - line.credit) AS amount
        FROM journal_entry AS entry JOIN journal_line AS line ON line.entry_id = entry.id
        JOIN ledger_account AS account ON account.id = line.account_id
        WHERE entry.source_type = 'payment_batch' AND account.role = 'commission_payable' GROUP BY entry.source_id
    )
    SELECT 'payout ' || batch_number,
        concat_ws(' / ', total_amount, total_amount, CASE WHEN status = 'executed' AND kind = 'commissions' THEN total_amount ELSE 0 END),
        concat_ws(' / ', lines.amount, given.amount, coalesce(booked.amount, 0))
    FROM payment_batch AS batch LEFT JOIN lines ON lines.batch_id = batch.id LEFT JOIN given ON given.batch_id = batch.id
    LEFT JOIN booked ON booked.source_id = batch.id
    WHERE (total_amount, total_amount, CASE WHEN status = 'executed' AND kind = 'commissions' THEN total_amount ELSE 0 END)
        IS DISTINCT FROM (lines.amount, given.amount, coalesce(booked.amount, 0))
"""
PAID_OUT = """
    WITH paid AS (
        SELECT payout.commission_id, sum(payout.amount) AS amount
        FROM commission_payout AS payout JOIN payment_batch_line AS line ON line.id = payout.line_id
        JOIN payment_batch AS batch ON batch.id = line.batch_id WHERE batch.status = 'executed' GROUP BY 1
    )
    SELECT 'commission ' || id, coalesce(paid.amount, 0)::text, paid_amount::text
    FROM partner_commission LEFT JOIN paid ON paid.commission_id = id WHERE paid_amount <> coalesce(paid.amount, 0)
"""
GOODS = """
    WITH taken AS (
        SELECT line.credited_line_id AS line_id, sum(line.quantity) AS quantity
        FROM invoice_line AS line JOIN invoice ON invoice.id = line.invoice_id
        WHERE line.credited_line_id IS NOT NULL AND invoice.invoice_number IS NOT NULL GROUP BY 1
    ), wanted AS (
        SELECT line.invoice_id AS id, sum(round((line.quantity + coalesce(taken.quantity, 0)) * line.unit_cost, 2)) AS amount
        FROM invoice_line AS line JOIN invoice ON invoice.id = line.invoice_id LEFT JOIN taken ON taken.line_id = line.id
        WHERE line.credited_line_id IS NULL AND line.unit_cost IS NOT NULL AND invoice.invoice_number IS NOT NULL GROUP BY 1
    ), booked AS (
        SELECT coalesce(invoice.credited_invoice_id, invoice.id) AS id, sum(line.debit - line.credit) AS amount
        FROM journal_entry AS entry JOIN journal_line AS line ON line.entry_id = entry.id
        JOIN ledger_account AS account ON account.id = line.account_id JOIN invoice ON invoice.id = entry.source_id
        WHERE entry.source_type = 'invoice' AND account.role = 'cost_of_goods' GROUP BY 1
    )
    SELECT 'invoice ' || id, coalesce(wanted.amount, 0)::text, coalesce(booked.amount, 0)::text
    FROM wanted FULL JOIN booked USING (id) WHERE coalesce(wanted.amount, 0) <> coalesce(booked.amount, 0)
"""
PROVIDERS = """
    WITH held AS (
        SELECT business_entity_id AS id, sum(amount) AS amount FROM provider_movement WHERE settlement_id IS NULL GROUP BY 1
    ), booked AS (
        SELECT account.business_entity_id AS id, sum(line.debit - line.credit) AS amount
        FROM journal_line AS line JOIN ledger_account AS account ON account.id = line.account_id
        WHERE account.role = 'payment_providers' GROUP BY 1
    )
    SELECT 'company ' || id, coalesce(held.amount, 0)::text, coalesce(booked.amount, 0)::text
    FROM held FULL JOIN booked USING (id) WHERE coalesce(held.amount, 0) <> coalesce(booked.amount, 0)
"""
SETTLED = """
    SELECT 'payout of a provider ' || settlement.id, concat_ws(' / ', gross, gross - fee),
        concat_ws(' / ', coalesce(sum(movement.amount), 0), line.amount)
    FROM provider_settlement AS settlement JOIN bank_transaction AS line ON line.id = settlement.bank_transaction_id
    LEFT JOIN provider_movement AS movement ON movement.settlement_id = settlement.id
    WHERE settlement.is_active GROUP BY settlement.id, line.id
    HAVING (gross, gross - fee) IS DISTINCT FROM (coalesce(sum(movement.amount), 0), line.amount)
"""
# A row is never removed: the places of a line have no gap, and nobody's document is in another company's line.
EXPORTS = """
    WITH line AS (
        SELECT connection_id, count(*) AS rows, coalesce(max(sequence), 0) AS last FROM accounting_export GROUP BY 1
    )
    SELECT 'line of connection ' || health.connection_id, health.last_sequence || ' rows up to ' || health.last_sequence,
        coalesce(line.rows, 0) || ' rows up to ' || coalesce(line.last, 0)
    FROM accounting_health AS health LEFT JOIN line USING (connection_id)
    WHERE (health.last_sequence, health.last_sequence) <> (coalesce(line.rows, 0), coalesce(line.last, 0))
"""
EXPORTED_BY_OTHERS = """
    SELECT 'export ' || export.id, connection.business_entity_id::text, invoice.business_entity_id::text
    FROM accounting_export AS export JOIN accounting_connection AS connection ON connection.id = export.connection_id
    JOIN invoice ON invoice.id = export.document_id
    WHERE invoice.business_entity_id <> connection.business_entity_id OR invoice.invoice_number IS NULL
"""
# Of the months that did not change since they were worked out.
AGAIN = """
    WITH changed AS MATERIALIZED ({changed}), months AS ({months})
    SELECT 'month ' || months.year || '-' || months.month || ' of ' || months.business_entity_id,
        concat_ws(' / ', {wanted}), concat_ws(' / ', {found})
    FROM months LEFT JOIN financial_summary AS stored USING (business_entity_id, year, month)
    WHERE ({wanted}) IS DISTINCT FROM ({found}) AND NOT EXISTS (
        SELECT FROM changed WHERE changed.business_entity_id = months.business_entity_id
            AND changed.month = make_date(months.year, months.month, 1)
    )
"""
SUMMARIES = AGAIN.format(
    changed=CHANGED,
    months=EVERY_MONTH,
    wanted=", ".join(f"months.{name}" for name in SUMMED),
    found=", ".join(f"stored.{name}" for name in SUMMED),
)
OUTSTANDING = """
    SELECT 'month ' || year || '-' || month || ' of ' || business_entity_id, amount::text, outstanding_amount::text
    FROM (
        SELECT *, sum(debtors_movement) OVER (PARTITION BY business_entity_id ORDER BY year, month) AS amount FROM financial_summary
    ) AS running WHERE amount <> outstanding_amount
"""


def register() -> None:
    """Plug in; called once, when the app is ready."""
    checks.add(
        numbers_check(DocumentType.INVOICE, INVOICES),
        numbers_check(DocumentType.CREDIT_NOTE, CREDIT_NOTES),
        numbers_check(DocumentType.PAYMENT, PAYMENTS),
        numbers_check(DocumentType.PAYMENT_BATCH, BATCHES),
        Check(name="invoice_totals", label="An invoice's totals are the sums of its lines and of its VAT", run=totals),
        Check(
            name="invoice_paid",
            label="What an invoice says was paid, credited and written off is what its payments, notes and write-offs say",
            run=paid,
        ),
        Check(name="invoice_booked", label="Debtors were booked for what each invoice and note comes to", run=booked),
        Check(name="bank_booked", label="Every line of the bank was booked, once, and its parts are the whole of it", run=bank),
        Check(name="journal_balance", label="Every journal entry balances", run=balance),
        Check(name="commission_amounts", label="A commission is what its invoice and its agreement give", run=commissions),
        Check(name="goods_booked", label="The cost of goods is that of what invoices and notes leave with customers", run=goods),
        Check(name="payouts", label="A payout is the sum of its commissions, booked once it was paid", run=payouts),
        Check(name="provider_balance", label="Payment providers owe what was paid there and did not come in yet", run=providers),
        Check(name="financial_summaries", label="A month is what its orders, documents and bookings give", run=summaries),
        Check(name="accounting_exports", label="What goes to accounting is a company's own, in a line without gaps", run=exports),
        Check(name="commission_booked", label="The books owe partners what their commissions say", run=commissions_booked),
    )


def totals(view: Snapshot) -> Iterator[Difference]:
    """Lines, VAT over them, and the sum."""
    view.look_at("SELECT count(*) FROM invoice_line")
    yield from view.differences(TOTALS)


def paid(view: Snapshot) -> Iterator[Difference]:
    """Allocations that stand, and credit notes that have a number."""
    view.look_at("SELECT count(*) FROM payment_allocation")
    yield from view.differences(PAID)


def booked(view: Snapshot) -> Iterator[Difference]:
    """The ledger says of debtors what the documents say."""
    view.look_at("SELECT count(*) FROM invoice")
    yield from view.differences(BOOKED)


def bank(view: Snapshot) -> Iterator[Difference]:
    """The ledger says of the bank what the statements say."""
    view.look_at("SELECT count(*) FROM bank_transaction")
    yield from view.differences(BANK)
    yield from view.differences(BANK_PARTS)


def balance(view: Snapshot) -> Iterator[Difference]:
    """Debit is credit, entry by entry."""
    view.look_at("SELECT count(*) FROM journal_line")
    yield from view.differences(BALANCE)


def commissions(view: Snapshot) -> Iterator[Difference]:
    """Each worked out again from what stands with it, its invoice and the credit notes."""
    view.look_at("SELECT count(*) FROM partner_commission")
    yield from view.differences(COMMISSIONS)


def commissions_booked(view: Snapshot) -> Iterator[Difference]:
    """Cost and debt, commission by commission."""
    view.look_at("SELECT count(*) FROM partner_commission")
    yield from view.differences(COMMISSIONS_BOOKED)


def summaries(view: Snapshot) -> Iterator[Difference]:
    """Months worked out again from all that is in them, and what is open from month to month."""
    view.look_at("SELECT count(*) FROM financial_summary")
    yield from view.differences(SUMMARIES)
    yield from view.differences(OUTSTANDING)


def payouts(view: Snapshot) -> Iterator[Difference]:
    """Transfers, what they pay of each commission, and the books."""
    view.look_at("SELECT count(*) FROM payment_batch")
    yield from view.differences(PAYOUTS)
    yield from view.differences(PAID_OUT)


def goods(view: Snapshot) -> Iterator[Difference]:
    """Cost price times what is left of each line, and the books."""
    view.look_at("SELECT count(*) FROM invoice_line WHERE unit_cost IS NOT NULL")
    yield from view.differences(GOODS)


def providers(view: Snapshot) -> Iterator[Difference]:
    """What is with providers by the books and by the payments, and what each of their payouts consists of."""
    view.look_at("SELECT count(*) FROM provider_movement")
    yield from view.differences(PROVIDERS)
    yield from view.differences(SETTLED)


def exports(view: Snapshot) -> Iterator[Difference]:
    """The line of each connection, and whose documents stand in it."""
    view.look_at("SELECT count(*) FROM accounting_export")
    yield from view.differences(EXPORTS)
    yield from view.differences(EXPORTED_BY_OTHERS)
