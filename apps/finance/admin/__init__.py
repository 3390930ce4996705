"""Pages where staff invoice, see what is open, and read the books."""

from apps.finance.admin import bank, collection, commissions, invoices, ledger, online, payments, payouts, summaries, uninvoiced

__all__ = ["bank", "collection", "commissions", "invoices", "ledger", "online", "payments", "payouts", "summaries", "uninvoiced"]
