"""Pages where staff invoice, see what is open, and read the books."""

from apps.finance.admin import bank, collection, commissions, invoices, ledger, payments, payouts, summaries, uninvoiced

__all__ = ["bank", "collection", "commissions", "invoices", "ledger", "payments", "payouts", "summaries", "uninvoiced"]
