"""Money that came in, and the invoices that it paid."""

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.audit.models import AuditedModel
from apps.core.fields import AmountField
from apps.core.models import known
from apps.finance.choices import MovementKind, PaymentMethod
from apps.finance.models.bank import BankTransaction
from apps.finance.models.invoice import Invoice
from apps.organizations.models import BusinessEntity, ScopedQuerySet


class Payment(AuditedModel):
    """An amount in EUR that a company received on a day. What no invoice has taken, and does not go back, stands on account."""

    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="payments", verbose_name=_("business entity"), db_index=False
    )
    payment_number = models.CharField(_("number"), max_length=30, unique=True, editable=False)
    amount = AmountField(_("amount"))
    payment_date = models.DateField(_("received on"))
    payment_method = models.CharField(_("method"), max_length=20, choices=PaymentMethod, default=PaymentMethod.BANK_TRANSFER)
    external_reference = models.CharField(_("payer's or provider's reference"), max_length=140, blank=True)
    notes = models.CharField(_("notes"), max_length=1000, blank=True)
    bank_transaction = models.OneToOneField(
        BankTransaction,
        on_delete=models.PROTECT,
        null=True,  # null: not of a bank statement
        editable=False,
        related_name="payment",
        verbose_name=_("bank line"),
    )

    objects = ScopedQuerySet.as_manager()

    class Meta(AuditedModel.Meta):
        db_table = "payment"
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["-created_at", "-id"]
        constraints = [
            known("payment_method", PaymentMethod),
            models.CheckConstraint(name="payment_positive", condition=Q(amount__gt=0)),
            models.UniqueConstraint(
                name="payment_reference_once",
                fields=["business_entity", "payment_method", "external_reference"],
                condition=~Q(external_reference=""),
            ),
        ]
        indexes = [models.Index(name="payment_of_entity", fields=["business_entity", "-created_at", "-id"])]

    def __str__(self) -> str:
        return self.payment_number

    @property
    def allocated(self) -> Decimal:
        """What invoices have taken of it."""
        return sum((each.amount for each in self.allocations.all() if each.is_active), Decimal("0.00"))

    @property
    def withdrawn(self) -> Decimal:
        """What its provider took back of it: chargebacks, and refunds that were made there."""
        online = None if self.bank_transaction_id else getattr(self, "online_payment", None)
        moved = online.movements.all() if online else ()
        back = (each.amount for each in moved if each.kind != MovementKind.PAYMENT and each.refund_id is None)
        return -sum(back, Decimal("0.00"))

    @property
    def refunded(self) -> Decimal:
        """What goes back of it by our own doing, or went."""
        return sum((each.counted for each in self.refunds.all()), Decimal("0.00"))

    @property
    def on_account(self) -> Decimal:
        return self.amount - self.allocated - self.withdrawn - self.refunded


class PaymentAllocation(AuditedModel):
    """So much of a payment paid so much of an invoice. Taken back, it stays, no longer active."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="allocations", verbose_name=_("payment"))
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="allocations", verbose_name=_("invoice"))
    amount = AmountField(_("amount"))
    is_active = models.BooleanField(_("active"), default=True, editable=False)

    audit_root = ("payment", "payment_id")

    class Meta(AuditedModel.Meta):
        db_table = "payment_allocation"
        verbose_name = _("allocation")
        verbose_name_plural = _("allocations")
        ordering = ["payment", "created_at"]
        constraints = [
            models.CheckConstraint(name="payment_allocation_positive", condition=Q(amount__gt=0)),
            models.UniqueConstraint(name="payment_allocation_once", fields=["payment", "invoice"], condition=Q(is_active=True)),
        ]

    def __str__(self) -> str:
        return f"{self.payment}: {self.amount}"
