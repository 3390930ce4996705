"""Pages where staff invoice, see what is open, and read the books."""

from apps.finance.admin import invoices, ledger, payments

__all__ = ["invoices", "ledger", "payments"]
