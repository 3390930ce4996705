"""Pages where staff invoice, see what is open, and read the books."""

from apps.finance.admin import (
    accounting,
    bank,
    collection,
    commissions,
    invoices,
    ledger,
    online,
    payments,
    payouts,
    summaries,
    uninvoiced,
    write_offs,
)

__all__ = [
    "accounting",
    "bank",
    "collection",
    "commissions",
    "invoices",
    "ledger",
    "online",
    "payments",
    "payouts",
    "summaries",
    "uninvoiced",
    "write_offs",
]
