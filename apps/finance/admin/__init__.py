"""Pages where staff invoice, see what is open, and read the books."""

from apps.finance.admin import collection, commissions, invoices, ledger, payments, payouts, summaries, uninvoiced

__all__ = ["collection", "commissions", "invoices", "ledger", "payments", "payouts", "summaries", "uninvoiced"]
