"""Pages where staff invoice, see what is open, and read the books."""

from apps.finance.admin import invoices, ledger, payments, uninvoiced

__all__ = ["invoices", "ledger", "payments", "uninvoiced"]
