"""What must hold of money that waits, goes back and goes out."""

from collections.abc import Iterator

from apps.core.consistency import Check, Difference, Snapshot, checks

# What invoices took of a payment and what goes back of it is never more than it was.
GIVEN = """
    WITH taken AS (SELECT payment_id, sum(amount) AS amount FROM payment_allocation WHERE is_active GROUP BY 1),
    back AS (
        SELECT payment_id, sum(amount) AS amount FROM (
            SELECT payment_id, amount FROM refund WHERE state <> 'dropped'
            UNION ALL SELECT online.payment_id, -moved.amount
                FROM provider_movement AS moved JOIN online_payment AS online ON online.id = moved.online_payment_id
                WHERE moved.kind <> 'payment' AND moved.refund_id IS NULL
        ) AS given GROUP BY 1
    )
    SELECT 'payment ' || payment_number, 'at most ' || payment.amount, (coalesce(taken.amount, 0) + coalesce(back.amount, 0))::text
    FROM payment LEFT JOIN taken ON taken.payment_id = payment.id LEFT JOIN back ON back.payment_id = payment.id
    WHERE payment.amount < coalesce(taken.amount, 0) + coalesce(back.amount, 0)
"""
REFUNDS = """
    WITH booked AS (
        SELECT entry.source_id, sum(line.debit - line.credit) AS amount
        FROM journal_entry AS entry JOIN journal_line AS line ON line.entry_id = entry.id
        JOIN ledger_account AS account ON account.id = line.account_id
        WHERE entry.source_type = 'refund' AND account.role = 'unmatched_payments' GROUP BY 1
    ), wanted AS (
        SELECT refund.id, CASE refund.state WHEN 'paid' THEN refund.amount ELSE 0 END AS amount, approval.amount AS approved
        FROM refund JOIN approval_request AS approval ON approval.id = refund.approval_id
            AND approval.state = 'approved' AND approval.about_id = refund.payment_id
    )
    SELECT 'refund ' || refund.id, concat_ws(' / ', wanted.approved, wanted.amount),
        concat_ws(' / ', refund.amount, coalesce(booked.amount, 0))
    FROM refund LEFT JOIN wanted ON wanted.id = refund.id LEFT JOIN booked ON booked.source_id = refund.id
    WHERE (wanted.approved, wanted.amount) IS DISTINCT FROM (refund.amount, coalesce(booked.amount, 0))
"""
WRITE_OFFS = """
    WITH booked AS (
        SELECT entry.source_id, sum(line.debit - line.credit) AS amount
        FROM journal_entry AS entry JOIN journal_line AS line ON line.entry_id = entry.id
        JOIN ledger_account AS account ON account.id = line.account_id
        WHERE entry.source_type = 'write_off' AND account.role = 'write_off' GROUP BY 1
    ), wanted AS (
        SELECT write_off.id, CASE WHEN is_active THEN write_off.amount ELSE 0 END AS amount,
            coalesce(approval.state, 'approved') AS state, coalesce(approval.amount, write_off.amount) AS most
        FROM write_off LEFT JOIN approval_request AS approval ON approval.id = write_off.approval_id
    )
    SELECT 'write-off ' || wanted.id, concat_ws(' / ', 'approved', wanted.amount, 'at most ' || most),
        concat_ws(' / ', state, coalesce(booked.amount, 0), write_off.amount)
    FROM wanted JOIN write_off ON write_off.id = wanted.id LEFT JOIN booked ON booked.source_id = wanted.id
    WHERE state <> 'approved' OR wanted.amount <> coalesce(booked.amount, 0) OR write_off.amount > most
"""
UNDER_WAY = """
    WITH booked AS (
        SELECT entry.business_entity_id, sum(line.credit - line.debit) AS amount
        FROM journal_entry AS entry JOIN journal_line AS line ON line.entry_id = entry.id
        JOIN ledger_account AS account ON account.id = line.account_id WHERE account.role = 'under_way' GROUP BY 1
    ), wanted AS (
        SELECT batch.business_entity_id, sum(line.amount) AS amount
        FROM payment_batch_line AS line JOIN payment_batch AS batch ON batch.id = line.batch_id
        WHERE batch.status = 'executed' AND line.bank_transaction_id IS NULL GROUP BY 1
    )
    SELECT 'company ' || business_entity_id, coalesce(wanted.amount, 0)::text, coalesce(booked.amount, 0)::text
    FROM wanted FULL JOIN booked USING (business_entity_id) WHERE coalesce(wanted.amount, 0) <> coalesce(booked.amount, 0)
"""
WENT_OUT = """
    WITH told AS (SELECT bank_transaction_id AS id, sum(amount) AS amount FROM payment_batch_line GROUP BY 1)
    SELECT 'bank line ' || line.id, CASE line.state WHEN 'matched' THEN -line.amount ELSE 0 END::text, coalesce(told.amount, 0)::text
    FROM bank_transaction AS line LEFT JOIN told ON told.id = line.id
    WHERE line.amount <= 0 AND CASE line.state WHEN 'matched' THEN -line.amount ELSE 0 END <> coalesce(told.amount, 0)
"""
# The account says what stands on account of payments, and what the bank told that is nothing yet.
UNMATCHED = """
    WITH booked AS (
        SELECT entry.business_entity_id, sum(line.credit - line.debit) AS amount
        FROM journal_entry AS entry JOIN journal_line AS line ON line.entry_id = entry.id
        JOIN ledger_account AS account ON account.id = line.account_id WHERE account.role = 'unmatched_payments' GROUP BY 1
    ), parts AS (
        SELECT business_entity_id, amount FROM payment
        UNION ALL SELECT payment.business_entity_id, -taken.amount
            FROM payment_allocation AS taken JOIN payment ON payment.id = taken.payment_id WHERE taken.is_active
        UNION ALL SELECT business_entity_id, -amount FROM refund WHERE state = 'paid'
        UNION ALL SELECT business_entity_id, amount FROM provider_movement WHERE kind <> 'payment' AND refund_id IS NULL
        UNION ALL SELECT business_entity_id, amount FROM bank_transaction AS line
            WHERE line.state <> 'split' AND NOT (line.amount < 0 AND line.state = 'matched')
                AND NOT EXISTS (SELECT FROM payment WHERE payment.bank_transaction_id = line.id)
                AND NOT EXISTS (SELECT FROM provider_settlement AS whole WHERE whole.bank_transaction_id = line.id AND whole.is_active)
    ), wanted AS (SELECT business_entity_id, sum(amount) AS amount FROM parts GROUP BY 1)
    SELECT 'company ' || business_entity_id, coalesce(wanted.amount, 0)::text, coalesce(booked.amount, 0)::text
    FROM wanted FULL JOIN booked USING (business_entity_id) WHERE coalesce(wanted.amount, 0) <> coalesce(booked.amount, 0)
"""


def register() -> None:
    """Plug in; called once, when the app is ready."""
    checks.add(
        Check(name="refunds", label="No payment gives more than it was, and what went back was approved and booked", run=refunds),
        Check(name="write_offs", label="What was given up was approved and booked", run=write_offs),
        Check(name="under_way", label="Money under way is what was paid out and the bank has not told of", run=under_way),
        Check(name="unmatched", label="Unmatched payments are what stands on account and what the bank told", run=unmatched),
    )


def refunds(view: Snapshot) -> Iterator[Difference]:
    """Payments with what they gave, and refunds with their approval and booking."""
    view.look_at("SELECT count(*) FROM payment")
    yield from view.differences(GIVEN)
    yield from view.differences(REFUNDS)


def write_offs(view: Snapshot) -> Iterator[Difference]:
    """Write-offs with their approval and booking."""
    view.look_at("SELECT count(*) FROM write_off")
    yield from view.differences(WRITE_OFFS)


def under_way(view: Snapshot) -> Iterator[Difference]:
    """Transfers, the bank lines that told of them, and the books."""
    view.look_at("SELECT count(*) FROM payment_batch_line")
    yield from view.differences(UNDER_WAY)
    yield from view.differences(WENT_OUT)


def unmatched(view: Snapshot) -> Iterator[Difference]:
    """Payments and bank lines, and the books."""
    view.look_at("SELECT count(*) FROM payment")
    yield from view.differences(UNMATCHED)
