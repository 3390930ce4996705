from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _


class InvoiceStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    APPROVED = "approved", _("Approved")
    SENT = "sent", _("Sent")
    PARTIALLY_PAID = "partially_paid", _("Partially paid")
    PAID = "paid", _("Paid")
    OVERDUE = "overdue", _("Overdue")
    COLLECTION = "collection", _("In collection")
    CREDITED = "credited", _("Credited")
    CANCELLED = "cancelled", _("Cancelled")


# Money may still come in for an invoice in one of these.
RECEIVABLE = (
    InvoiceStatus.APPROVED,
    InvoiceStatus.SENT,
    InvoiceStatus.PARTIALLY_PAID,
    InvoiceStatus.OVERDUE,
    InvoiceStatus.COLLECTION,
)
# The customer has it, and is written to when it is late.
COLLECTIBLE = (InvoiceStatus.SENT, InvoiceStatus.PARTIALLY_PAID, InvoiceStatus.OVERDUE)


STATUS_COLOURS = {
    InvoiceStatus.DRAFT: "#6B7280",
    InvoiceStatus.APPROVED: "#2563EB",
    InvoiceStatus.SENT: "#0EA5E9",
    InvoiceStatus.PARTIALLY_PAID: "#F59E0B",
    InvoiceStatus.PAID: "#10B981",
    InvoiceStatus.OVERDUE: "#DC2626",
    InvoiceStatus.COLLECTION: "#7F1D1D",
    InvoiceStatus.CREDITED: "#7C3AED",
    InvoiceStatus.CANCELLED: "#6B7280",
}


class InvoiceType(models.TextChoices):
    CUSTOMER = "customer_invoice", _("Customer invoice")
    PARTNER = "partner_invoice", _("Partner invoice")
    CREDIT_NOTE = "credit_note", _("Credit note")


class CollectionStep(models.TextChoices):
    """What is written to a customer who does not pay in time, one after the other."""

    REMINDER = "reminder", _("Friendly reminder")
    NOTICE = "notice", _("Fourteen-day letter")
    URGENT = "urgent", _("Urgent reminder")
    LAST_REMINDER = "last_reminder", _("Last reminder")
    DEMAND = "demand", _("Demand with interest and costs")
    HAND_OVER = "hand_over", _("Hand-over with costs")


COSTS_ARE_DUE = (CollectionStep.DEMAND, CollectionStep.HAND_OVER)


class VatCategory(models.TextChoices):
    """UNCL 5305, as EN 16931 uses it (BT-151)."""

    STANDARD = "S", _("Taxed")
    ZERO = "Z", _("Zero rate")
    REVERSE_CHARGE = "AE", _("Reverse charged")
    EXEMPT = "E", _("Exempt")

    @property
    def is_reversed(self) -> bool:
        return self is VatCategory.REVERSE_CHARGE

    @property
    def needs_reason(self) -> bool:
        """Must the document say why no VAT is due?"""
        return self in (VatCategory.REVERSE_CHARGE, VatCategory.EXEMPT)


class VatReason(models.TextChoices):
    """Why a line is taxed as it is."""

    RATE_OF_LINE = "rate_of_line", _("The rate of the order line.")
    ZERO_RATE = "zero_rate", _("The order line is taxed at 0%.")
    SUBCONTRACTING = (
        "subcontracting",
        _("Work on a building for a contractor: the customer owes the VAT (art. 24b Uitvoeringsbesluit omzetbelasting 1968)."),
    )


class AccountRole(models.TextChoices):
    """What a ledger account is used for: postings name the role, the chart of each company the account."""

    BANK = "bank", _("Bank")
    PROVIDERS = "payment_providers", _("Payment providers")
    DEBTORS = "debtors", _("Debtors")
    UNMATCHED = "unmatched_payments", _("Unmatched payments")
    UNDER_WAY = "under_way", _("Payments under way")
    STOCK = "stock", _("Stock and work in progress")
    VAT_STANDARD = "vat_standard", _("VAT payable, standard rate")
    VAT_REDUCED = "vat_reduced", _("VAT payable, reduced rate")
    COMMISSION_PAYABLE = "commission_payable", _("Commission payable")
    COMMISSION_COST = "commission_cost", _("Commission cost")
    COST_OF_GOODS = "cost_of_goods", _("Cost of goods")
    REVENUE = "revenue", _("Revenue")
    CREDITS = "credits", _("Credits and discounts")
    WRITE_OFF = "write_off", _("Written-off debts")
    PAYMENT_COSTS = "payment_costs", _("Costs of banks and payment providers")


class AccountKind(models.TextChoices):
    ASSET = "asset", _("Asset")
    LIABILITY = "liability", _("Liability")
    REVENUE = "revenue", _("Revenue")
    EXPENSE = "expense", _("Expense")


class EntryKind(models.TextChoices):
    INVOICE = "invoice", _("Invoice")
    CREDIT_NOTE = "credit_note", _("Credit note")
    PAYMENT = "payment", _("Payment")
    BANK = "bank", _("Bank line")
    ALLOCATION = "allocation", _("Allocation of a payment")
    COMMISSION = "commission", _("Commission")
    SETTLEMENT = "settlement", _("Payout of a payment provider")
    PAYOUT = "payout", _("Payout")
    COST_OF_GOODS = "cost_of_goods", _("Cost of goods")
    REFUND = "refund", _("Refund")
    WRITE_OFF = "write_off", _("Write-off")
    REVERSAL = "reversal", _("Reversal")


class AccountingSystem(models.TextChoices):
    """Where a company keeps its books when it does not read our files."""

    EXACT = "exact", "Exact Online"
    XERO = "xero", "Xero"


class ConnectionStatus(models.TextChoices):
    NEW = "new", _("Not connected")
    CONNECTED = "connected", _("Connected")
    PAUSED = "paused", _("Paused")
    BROKEN = "broken", _("Broken: connect again")


# What is booked is put in line for these; with the others it waits for a day to be connected.
EXPORTING = (ConnectionStatus.CONNECTED, ConnectionStatus.PAUSED, ConnectionStatus.BROKEN)


class ExportKind(models.TextChoices):
    INVOICE = "invoice", _("Invoice")
    CREDIT_NOTE = "credit_note", _("Credit note")
    PAYMENT = "payment", _("Payment of an invoice")
    PAYMENT_REMOVED = "payment_removed", _("Payment taken back")


class ExportState(models.TextChoices):
    TODO = "todo", _("Waiting")
    DONE = "done", _("Sent")
    PARKED = "parked", _("Needs a person")
    SKIPPED = "skipped", _("Skipped")


class ResendScope(models.TextChoices):
    PARKED = "parked", _("What needs a person")
    DOCUMENTS = "documents", _("Also invoices and credit notes that were sent, where they are missing there")


class MappingSubject(models.TextChoices):
    """What of ours has a code of its own in the other system."""

    REVENUE = "revenue", _("Ledger account of revenue")
    CREDITS = "credits", _("Ledger account of credits and discounts")
    BANK = "bank", _("Ledger account of the bank")
    SALES_JOURNAL = "sales_journal", _("Journal of invoices")
    CREDIT_JOURNAL = "credit_journal", _("Journal of credit notes")
    VAT_STANDARD = "vat_standard", _("VAT code: standard rate")
    VAT_REDUCED = "vat_reduced", _("VAT code: reduced rate")
    VAT_ZERO = "vat_zero", _("VAT code: zero rate")
    VAT_REVERSED = "vat_reversed", _("VAT code: reverse charged")
    VAT_EXEMPT = "vat_exempt", _("VAT code: exempt")


class CommissionMethod(models.TextChoices):
    PERCENTAGE = "percentage", _("Percentage")
    FIXED = "fixed", _("Amount per order")
    TIERED = "tiered", _("Percentage by the number of orders in a month")


class CommissionStatus(models.TextChoices):
    PENDING = "pending", _("Waiting for approval")
    APPROVED = "approved", _("Approved")
    PAID = "paid", _("Paid out")
    REJECTED = "rejected", _("Rejected")
    REVERSED = "reversed", _("Taken back")


class BatchStatus(models.TextChoices):
    OPEN = "open", _("To be paid")
    EXECUTED = "executed", _("Paid")
    CANCELLED = "cancelled", _("Cancelled")


class BatchKind(models.TextChoices):
    """What a batch of transfers pays."""

    COMMISSIONS = "commissions", _("Commissions")
    REFUNDS = "refunds", _("Refunds")


class RefundState(models.TextChoices):
    TO_PAY = "to_pay", _("To be paid")
    PAID = "paid", _("Paid")
    DROPPED = "dropped", _("Dropped")


class PaymentMethod(models.TextChoices):
    BANK_TRANSFER = "bank_transfer", _("Bank transfer")
    IDEAL = "ideal", "iDEAL"
    CREDIT_CARD = "credit_card", _("Credit card")
    MOLLIE = "mollie", "Mollie"
    STRIPE = "stripe", "Stripe"
    CASH = "cash", _("Cash")
    DIRECT_DEBIT = "direct_debit", _("Direct debit")


class OnlineState(models.TextChoices):
    """Where a payment at a provider stands, as the provider says; before that we are still asking for it."""

    STARTING = "starting", _("Being started")
    OPEN = "open", _("Open")
    PENDING = "pending", _("Being processed")
    AUTHORIZED = "authorized", _("Authorized")
    PAID = "paid", _("Paid")
    FAILED = "failed", _("Failed")
    EXPIRED = "expired", _("Expired")
    CANCELLED = "cancelled", _("Cancelled")


# The customer may still pay it, or has and the provider is not sure yet.
UNDER_WAY = (OnlineState.OPEN, OnlineState.PENDING, OnlineState.AUTHORIZED)
PROCESSING = (OnlineState.PENDING, OnlineState.AUTHORIZED)
# The provider knows of no more money; yet what is late (a transfer) may still turn it into a payment.
ENDED = (OnlineState.FAILED, OnlineState.EXPIRED, OnlineState.CANCELLED)


class MovementKind(models.TextChoices):
    """Why the money that a provider holds for us became more or less."""

    PAYMENT = "payment", _("Payment")
    REFUND = "refund", _("Refund")
    CHARGEBACK = "chargeback", _("Chargeback")


class BankFileState(models.TextChoices):
    RECEIVED = "received", _("Received")
    READING = "reading", _("Being read")
    BOOKING = "booking", _("Being booked")
    WAITING = "waiting", _("Waits for its statement")
    IMPORTED = "imported", _("Imported")
    REFUSED = "refused", _("Refused")


class LineState(models.TextChoices):
    """Where a line of a bank statement stands."""

    OPEN = "open", _("Not recognised")
    PROPOSED = "proposed", _("Proposed")
    MATCHED = "matched", _("Matched")
    ON_ACCOUNT = "on_account", _("On account")
    IGNORED = "ignored", _("Ignored")
    OUTGOING = "outgoing", _("Went out")
    SPLIT = "split", _("Taken apart")


UNDECIDED = (LineState.OPEN, LineState.PROPOSED)
# An invoice may still take of these.
FREE = (*UNDECIDED, LineState.ON_ACCOUNT)


class MatchRule(models.TextChoices):
    """What a line and an invoice have in common, the surest first."""

    REFERENCE = "reference", _("Payment reference")
    NUMBER = "number", _("Invoice number and amount")
    NUMBER_ONLY = "number_only", _("Invoice number, other amount")
    KNOWN_IBAN = "known_iban", _("Known account and amount")
    NAME = "name", _("Name and amount")
    AMOUNT = "amount", _("Amount alone")
    PERSON = "person", _("Chosen by a person")
    SETTLEMENT = "settlement", _("Payout of a payment provider")


STANDARD_RATE, REDUCED_RATE, NO_RATE = Decimal("0.2100"), Decimal("0.0900"), Decimal("0.0000")
VAT_ACCOUNTS = {STANDARD_RATE: AccountRole.VAT_STANDARD, REDUCED_RATE: AccountRole.VAT_REDUCED}
