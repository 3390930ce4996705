from apps.finance.models.accounting import (
    AccountingAccess,
    AccountingCode,
    AccountingConnection,
    AccountingCustomer,
    AccountingHealth,
)
from apps.finance.models.bank import BankFile, BankStatement, BankTransaction, MatchProposal
from apps.finance.models.collection import CollectionLetter, CollectionLine, CollectionPause, Debtor, StatutoryInterestRate
from apps.finance.models.commission import CommissionRule, PartnerCommission
from apps.finance.models.export import AccountingExport
from apps.finance.models.invoice import Invoice, InvoiceLine, InvoiceTax
from apps.finance.models.ledger import JournalEntry, JournalLine, LedgerAccount, PeriodLock
from apps.finance.models.online import (
    MollieConnection,
    OnlinePayment,
    OnlineRefund,
    PayLink,
    ProviderMovement,
    ProviderSettlement,
)
from apps.finance.models.payment import Payment, PaymentAllocation
from apps.finance.models.payout import CommissionPayout, PaymentBatch, PaymentBatchLine
from apps.finance.models.refund import Refund
from apps.finance.models.summary import FinancialSummary
from apps.finance.models.uninvoiced import UninvoicedOrder
from apps.finance.models.write_off import WriteOff

__all__ = [
    "AccountingAccess",
    "AccountingCode",
    "AccountingConnection",
    "AccountingCustomer",
    "AccountingExport",
    "AccountingHealth",
    "BankFile",
    "BankStatement",
    "BankTransaction",
    "CollectionLetter",
    "CollectionLine",
    "CollectionPause",
    "CommissionPayout",
    "CommissionRule",
    "Debtor",
    "FinancialSummary",
    "Invoice",
    "InvoiceLine",
    "InvoiceTax",
    "JournalEntry",
    "JournalLine",
    "LedgerAccount",
    "MatchProposal",
    "MollieConnection",
    "OnlinePayment",
    "OnlineRefund",
    "PartnerCommission",
    "PayLink",
    "Payment",
    "PaymentAllocation",
    "PaymentBatch",
    "PaymentBatchLine",
    "PeriodLock",
    "ProviderMovement",
    "ProviderSettlement",
    "Refund",
    "StatutoryInterestRate",
    "UninvoicedOrder",
    "WriteOff",
]
