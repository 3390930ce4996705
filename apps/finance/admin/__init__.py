"""Pages where staff invoice, see what is open, and read the books."""

from apps.finance.admin import commissions, invoices, ledger, payments, summaries, uninvoiced

__all__ = ["commissions", "invoices", "ledger", "payments", "summaries", "uninvoiced"]
