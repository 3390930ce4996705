from apps.finance.models.invoice import Invoice, InvoiceLine, InvoiceTax
from apps.finance.models.ledger import JournalEntry, JournalLine, LedgerAccount, PeriodLock
from apps.finance.models.payment import Payment, PaymentAllocation
from apps.finance.models.uninvoiced import UninvoicedOrder

__all__ = [
    "Invoice",
    "InvoiceLine",
    "InvoiceTax",
    "JournalEntry",
    "JournalLine",
    "LedgerAccount",
    "Payment",
    "PaymentAllocation",
    "PeriodLock",
    "UninvoicedOrder",
]
