"""Invoices and credit notes. Until it is approved a document is a draft without a number; from then on it never changes."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Round
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from apps.audit.models import AuditedModel
from apps.core.fields import AmountField, QuantityField, UnitPriceField, VatRateField
from apps.core.models import known
from apps.core.money import ZERO
from apps.finance.choices import (
    NO_RATE,
    RECEIVABLE,
    REDUCED_RATE,
    STANDARD_RATE,
    InvoiceStatus,
    InvoiceType,
    VatCategory,
    VatReason,
)
from apps.organizations.models import MOST_SMALL, BusinessEntity, Contact, Organization, ScopedQuerySet
from apps.workflow.guards import guard, scope_permission
from apps.workflow.models import GuardedQuerySet, StatefulModel, Workflow

S = InvoiceStatus
# What is still to be paid of an invoice.
OPEN_AMOUNT = F("total_amount") - F("paid_amount") - F("credited_amount") - F("written_off_amount")


@guard("balance_open", _("Not everything has been paid."))
def is_settled(invoice: "Invoice") -> bool:
    return invoice.balance == ZERO


approves = scope_permission("finance.approve")
invoices = scope_permission("finance.invoices", "finance.approve")


def follows_the_money(invoice: Any, user: Any) -> bool:
    """Nobody moves it by hand: payments and credit notes do."""
    return False


class InvoiceQuerySet(GuardedQuerySet, ScopedQuerySet):  # type: ignore[override]  # each makes a manager of its own type
    organization_paths = ("billing_organization",)

    def receivable(self) -> Self:
        """Those for which money may still come in."""
        return self.filter(status__in=RECEIVABLE).exclude(invoice_type=InvoiceType.CREDIT_NOTE)

    def for_page(self) -> Self:
        return self.select_related("business_entity", "order", "billing_organization", "billing_contact", "credited_invoice")


class Invoice(StatefulModel):
    """What a company asks of a customer or gives back to one. Amounts are in EUR; those of a credit note are negative.

    What stands on paper about both parties is kept in `parties` at the moment of approval, because names and addresses
    change and an invoice does not.
    """

    entity_type = "invoice"
    workflows = {"default": Workflow(statuses=tuple(S.values), initial=S.DRAFT, final=frozenset({S.CREDITED, S.CANCELLED}))}

    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="invoices", verbose_name=_("business entity"), db_index=False
    )
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="+", verbose_name=_("order"))
    invoice_number = models.CharField(
        _("number"),
        max_length=30,
        unique=True,
        null=True,  # null: a draft has none
        editable=False,
    )
    invoice_type = models.CharField(_("type"), max_length=20, choices=InvoiceType, default=InvoiceType.CUSTOMER)
    credited_invoice = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,  # null: no credit note
        blank=True,
        related_name="credit_notes",
        verbose_name=_("credits"),
    )
    billing_organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="invoices", verbose_name=_("billed to")
    )
    billing_contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+", verbose_name=_("contact"))
    status = FSMField(_("status"), max_length=20, choices=S.choices, default=S.DRAFT, protected=True, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    invoice_date = models.DateField(_("invoice date"), null=True, editable=False)  # null: a draft
    delivery_date = models.DateField(_("delivered on"))
    due_date = models.DateField(_("due"), null=True, editable=False)  # null: a draft
    payment_term_days = models.PositiveSmallIntegerField(_("payment term in days"))
    subtotal_excl_tax = AmountField(_("total excl. VAT"), default=ZERO, editable=False)
    total_tax = AmountField(_("VAT"), default=ZERO, editable=False)
    total_amount = AmountField(_("total incl. VAT"), default=ZERO, editable=False)
    paid_amount = AmountField(_("paid"), default=ZERO, editable=False)
    credited_amount = AmountField(_("credited"), default=ZERO, editable=False)
    written_off_amount = AmountField(_("written off"), default=ZERO, db_default=ZERO, editable=False)
    payment_reference = models.CharField(_("payment reference"), max_length=35, blank=True, editable=False)
    customer_reference = models.CharField(_("customer's reference"), max_length=100, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    parties = models.JSONField(_("as it stood"), default=dict, editable=False)
    approved_at = models.DateTimeField(_("approved at"), null=True, editable=False)  # null: a draft

    objects = InvoiceQuerySet.as_manager()

    class Meta(StatefulModel.Meta):
        db_table = "invoice"
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        ordering = ["-created_at", "-id"]
        constraints = [
            known("status", InvoiceStatus),
            known("invoice_type", InvoiceType),
            models.CheckConstraint(
                name="invoice_total_is_sum", condition=Q(total_amount=F("subtotal_excl_tax") + F("total_tax"))
            ),
            models.CheckConstraint(
                name="invoice_numbered_when_approved",
                condition=Q(status__in=[S.DRAFT, S.CANCELLED])
                | Q(invoice_number__isnull=False, invoice_date__isnull=False, due_date__isnull=False, approved_at__isnull=False),
            ),
            models.CheckConstraint(name="invoice_draft_without_number", condition=~Q(status=S.DRAFT) | Q(invoice_number=None)),
            models.CheckConstraint(
                name="invoice_credit_note_credits",
                condition=Q(invoice_type=InvoiceType.CREDIT_NOTE, credited_invoice__isnull=False, total_amount__lte=0)
                | (~Q(invoice_type=InvoiceType.CREDIT_NOTE) & Q(credited_invoice__isnull=True, total_amount__gte=0)),
            ),
            models.CheckConstraint(
                name="invoice_never_overpaid",
                condition=Q(invoice_type=InvoiceType.CREDIT_NOTE, paid_amount=0, credited_amount=0, written_off_amount=0)
                | Q(
                    paid_amount__gte=0,
                    credited_amount__gte=0,
                    written_off_amount__gte=0,
                    total_amount__gte=F("paid_amount") + F("credited_amount") + F("written_off_amount"),
                ),
            ),
            models.CheckConstraint(name="invoice_term", condition=Q(payment_term_days__lte=120)),
        ]
        indexes = [
            models.Index(name="invoice_of_entity", fields=["business_entity", "-created_at", "-id"]),
            models.Index(
                name="invoice_receivable", fields=["due_date"], condition=Q(status__in=[str(each) for each in RECEIVABLE])
            ),
            models.Index(name="invoice_to_send", fields=["approved_at"], condition=Q(status=str(S.APPROVED))),
            models.Index(name="invoice_by_reference", fields=["payment_reference"], condition=Q(payment_reference__gt="")),
            models.Index(
                F("business_entity"),
                F("total_amount") - F("paid_amount") - F("credited_amount"),
                name="invoice_by_open_amount",
                condition=Q(status__in=[str(each) for each in RECEIVABLE]),
            ),
        ]

    def __str__(self) -> str:
        return self.invoice_number or str(_("draft"))

    @property
    def is_credit_note(self) -> bool:
        return self.invoice_type == InvoiceType.CREDIT_NOTE

    @property
    def is_test(self) -> bool:
        """Of a test there is none; if there were, nothing about it would leave the building."""
        return self.order.is_test

    @property
    def balance(self) -> Decimal:
        """What is still to be paid; nothing for a credit note."""
        if self.is_credit_note:
            return ZERO
        return self.total_amount - self.paid_amount - self.credited_amount - self.written_off_amount

    @property
    def is_paid_by_customer(self) -> bool:
        """Whether nothing is open because it was paid: at most a small difference was given up."""
        is_small = self.written_off_amount <= min(MOST_SMALL, self.paid_amount)
        return self.status == S.PAID and is_small

    @transition(field=status, source=S.DRAFT, target=S.APPROVED, permission=approves)
    def approve(self, *, at: datetime, invoice_number: str, invoice_date: date, due_date: date, payment_reference: str) -> None:
        """It has its number and its day, and the lines stand."""
        self.approved_at = at
        self.invoice_number, self.payment_reference = invoice_number, payment_reference
        self.invoice_date, self.due_date = invoice_date, due_date

    @transition(field=status, source=S.DRAFT, target=S.CANCELLED, permission=invoices)
    def cancel(self) -> None:
        """The draft is not wanted."""

    @transition(field=status, source=S.APPROVED, target=S.SENT, permission=invoices)
    def send(self) -> None:
        """The customer has it."""

    @transition(field=status, source=[*RECEIVABLE, S.PAID], target=S.PARTIALLY_PAID, permission=follows_the_money)
    def receive_part(self) -> None:
        """Something was paid, not all."""

    @transition(field=status, source=RECEIVABLE, target=S.PAID, permission=follows_the_money, conditions=[is_settled])
    def settle(self) -> None:
        """Nothing is open any more."""

    @transition(field=status, source=[S.PAID, S.PARTIALLY_PAID], target=S.SENT, permission=follows_the_money)
    def reopen(self) -> None:
        """A payment was taken back."""

    @transition(field=status, source=[S.SENT, S.PARTIALLY_PAID], target=S.OVERDUE, permission=follows_the_money)
    def fall_due(self) -> None:
        """The day of payment has passed."""

    @transition(field=status, source=[S.SENT, S.PARTIALLY_PAID, S.OVERDUE], target=S.COLLECTION, permission=follows_the_money)
    def hand_over(self) -> None:
        """All letters were written, and it was not paid."""

    @transition(field=status, source=[*RECEIVABLE, S.PAID], target=S.CREDITED, permission=follows_the_money)
    def credit(self) -> None:
        """All of it was taken back."""


class InvoiceLine(AuditedModel):
    """One line of an invoice, as it stood on the order, with the VAT decided and why. Negative on a credit note."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines", verbose_name=_("invoice"))
    line_order = models.PositiveSmallIntegerField(_("position"))
    line_item = models.ForeignKey("orders.LineItem", on_delete=models.PROTECT, related_name="+", verbose_name=_("order line"))
    credited_line = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,  # null: of an invoice
        related_name="credits",
        verbose_name=_("credits"),
    )
    article_number = models.CharField(_("article number"), max_length=50, blank=True, default="", db_default="")
    description = models.CharField(_("description"), max_length=500)
    quantity = QuantityField(_("quantity"))
    unit_price = UnitPriceField(_("unit price"))
    unit_cost = UnitPriceField(_("cost price"), null=True, editable=False)  # null: not known
    vat_category = models.CharField(_("VAT"), max_length=2, choices=VatCategory)
    vat_rate = VatRateField(_("VAT rate"))
    vat_reason = models.CharField(_("why"), max_length=20, choices=VatReason)
    total = AmountField(_("total excl. VAT"))

    audit_root = ("invoice", "invoice_id")

    class Meta(AuditedModel.Meta):
        db_table = "invoice_line"
        verbose_name = _("invoice line")
        verbose_name_plural = _("invoice lines")
        ordering = ["invoice", "line_order"]
        constraints = [
            known("vat_category", VatCategory),
            known("vat_reason", VatReason),
            models.UniqueConstraint(name="invoice_line_position_once", fields=["invoice", "line_order"]),
            models.CheckConstraint(name="invoice_line_quantity", condition=~Q(quantity=0)),
            # The last credit of a line takes what rounding left over.
            models.CheckConstraint(
                name="invoice_line_total_true",
                condition=Q(credited_line__isnull=False) | Q(total=Round(F("quantity") * F("unit_price"), 2)),
            ),
            models.CheckConstraint(
                name="invoice_line_rate_of_category",
                condition=Q(vat_category=VatCategory.STANDARD, vat_rate__in=[STANDARD_RATE, REDUCED_RATE])
                | (~Q(vat_category=VatCategory.STANDARD) & Q(vat_rate=NO_RATE)),
            ),
        ]

    def __str__(self) -> str:
        return self.description


class InvoiceTax(AuditedModel):
    """The VAT of one category and rate of an invoice: over the sum of its lines (EN 16931, BG-23)."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="taxes", verbose_name=_("invoice"))
    vat_category = models.CharField(_("VAT"), max_length=2, choices=VatCategory)
    vat_rate = VatRateField(_("VAT rate"))
    taxable = AmountField(_("over"))
    amount = AmountField(_("amount"))

    audit_root = ("invoice", "invoice_id")

    class Meta(AuditedModel.Meta):
        db_table = "invoice_tax"
        verbose_name = _("VAT of an invoice")
        verbose_name_plural = _("VAT of invoices")
        ordering = ["invoice", "-vat_rate", "vat_category"]
        constraints = [
            known("vat_category", VatCategory),
            models.UniqueConstraint(name="invoice_tax_once", fields=["invoice", "vat_category", "vat_rate"]),
        ]

    def __str__(self) -> str:
        return f"{self.vat_category} {self.vat_rate}"
