"""Writes of finance: one function per business act."""

from apps.finance.services.automatic import invoice_completed_orders, try_to_invoice
from apps.finance.services.bank_acts import (
    Part,
    bank_line_ignore,
    bank_line_match,
    bank_line_note,
    bank_line_on_account,
    bank_line_payout,
    bank_line_transfers,
    bank_line_undo,
    proposal_accept,
)
from apps.finance.services.bank_files import bank_file_receive, bank_file_retry, import_waiting_files
from apps.finance.services.batches import cancel_payout, sepa_file
from apps.finance.services.cases import open_quantities
from apps.finance.services.collect import (
    collect_due,
    pause_collection,
    resume_collection,
    withdraw_if_paid,
    withdraw_unsendable,
)
from apps.finance.services.commissions import (
    approve_commission,
    earning_of,
    explain,
    refresh_commissions,
    refresh_completed,
    reject_by_door,
    reject_commission,
)
from apps.finance.services.credit import CreditLine, creditable_quantities, invoice_credit
from apps.finance.services.execute import execute_by_door, execute_payout
from apps.finance.services.generate import Wanted, invoice_generate
from apps.finance.services.issue import approve_by_door, approve_invoice, cancel_draft, set_customer_reference
from apps.finance.services.ledger import Booking, close_period, post_entries, post_entry, reverse_entry
from apps.finance.services.online_ask import online_payment_knock, online_payments_ask
from apps.finance.services.online_connection import ConnectionTest, mollie_connection_test
from apps.finance.services.online_links import invoice_of_token, pay_link, renew_pay_link
from apps.finance.services.online_refunds import online_refunds_send
from apps.finance.services.online_start import online_payment_start
from apps.finance.services.outgoing import explain_outgoing, transfers_of_sum
from apps.finance.services.overdue import mark_overdue
from apps.finance.services.papers import Papers, papers_of
from apps.finance.services.payments import allocate, payment_receive, take_back
from apps.finance.services.payouts import prepare_payout
from apps.finance.services.preview import Preview, preview
from apps.finance.services.provider_payouts import bank_line_settle
from apps.finance.services.reconcile import Reconciled, payment_reconcile, reconcile_for
from apps.finance.services.refund_batches import prepare_refunds
from apps.finance.services.refunds import (
    Payee,
    Way,
    carry_out_refund,
    payee_of,
    pays_back,
    refund_drop,
    refund_request,
    refunds_paid,
)
from apps.finance.services.send import address_of, send_by_door, send_invoice
from apps.finance.services.summaries import update_financial_summaries
from apps.finance.services.write_offs import carry_out_write_off, write_off_request, write_off_undo

__all__ = [
    "Booking",
    "ConnectionTest",
    "CreditLine",
    "Papers",
    "Part",
    "Payee",
    "Preview",
    "Reconciled",
    "Wanted",
    "Way",
    "address_of",
    "allocate",
    "approve_by_door",
    "approve_commission",
    "approve_invoice",
    "bank_file_receive",
    "bank_file_retry",
    "bank_line_ignore",
    "bank_line_match",
    "bank_line_note",
    "bank_line_on_account",
    "bank_line_payout",
    "bank_line_settle",
    "bank_line_transfers",
    "bank_line_undo",
    "cancel_draft",
    "cancel_payout",
    "carry_out_refund",
    "carry_out_write_off",
    "close_period",
    "collect_due",
    "creditable_quantities",
    "earning_of",
    "execute_by_door",
    "execute_payout",
    "explain",
    "explain_outgoing",
    "import_waiting_files",
    "invoice_completed_orders",
    "invoice_credit",
    "invoice_generate",
    "invoice_of_token",
    "mark_overdue",
    "mollie_connection_test",
    "online_payment_knock",
    "online_payment_start",
    "online_payments_ask",
    "online_refunds_send",
    "open_quantities",
    "papers_of",
    "pause_collection",
    "pay_link",
    "payee_of",
    "payment_receive",
    "payment_reconcile",
    "pays_back",
    "post_entries",
    "post_entry",
    "prepare_payout",
    "prepare_refunds",
    "preview",
    "proposal_accept",
    "reconcile_for",
    "refresh_commissions",
    "refresh_completed",
    "refund_drop",
    "refund_request",
    "refunds_paid",
    "reject_by_door",
    "reject_commission",
    "renew_pay_link",
    "resume_collection",
    "reverse_entry",
    "send_by_door",
    "send_invoice",
    "sepa_file",
    "set_customer_reference",
    "take_back",
    "transfers_of_sum",
    "try_to_invoice",
    "update_financial_summaries",
    "withdraw_if_paid",
    "withdraw_unsendable",
    "write_off_request",
    "write_off_undo",
]
