"""Reads of the books and of what is open."""

from apps.finance.queries.bank import bank_files_of, find_bank_file, told_file
from apps.finance.queries.books import AccountBalance, trial_balance
from apps.finance.queries.commissions import commissions_at_partner, commissions_of
from apps.finance.queries.debtors import StatementLine, aging, statement
from apps.finance.queries.documents import (
    contact_of_payer,
    contacts_of_payer,
    find_invoice,
    invoices_of,
    invoices_of_order,
    payments_of,
)
from apps.finance.queries.online import Payout, expected_payouts

__all__ = [
    "AccountBalance",
    "Payout",
    "StatementLine",
    "aging",
    "bank_files_of",
    "commissions_at_partner",
    "commissions_of",
    "contact_of_payer",
    "contacts_of_payer",
    "expected_payouts",
    "find_bank_file",
    "find_invoice",
    "invoices_of",
    "invoices_of_order",
    "payments_of",
    "statement",
    "told_file",
    "trial_balance",
]
