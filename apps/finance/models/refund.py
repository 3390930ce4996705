"""Money that goes back to whoever paid it."""

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.audit.models import AuditedModel
from apps.core import validators
from apps.core.fields import AmountField
from apps.core.models import known
from apps.finance.choices import RefundState
from apps.finance.models.payment import Payment
from apps.organizations.models import ApprovalRequest, BusinessEntity, ScopedQuerySet

S = RefundState


class Refund(AuditedModel):
    """So much of a payment, in EUR, that goes back: one person asked for it, another approved it, and from then on it is no
    longer on account. It is booked when it is paid.

    It goes by a transfer of ours to `iban`, in a batch with others. A payment method with a way of its own takes its place:
    see `services.refunds.Way`. Such a refund may have no IBAN, and is in no batch.
    """

    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="+", verbose_name=_("business entity"), db_index=False
    )
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds", verbose_name=_("payment"))
    approval = models.OneToOneField(
        ApprovalRequest, on_delete=models.PROTECT, related_name="+", verbose_name=_("request for approval")
    )
    amount = AmountField(_("amount"))
    account_name = models.CharField(_("account name"), max_length=220, blank=True)
    iban = models.CharField("IBAN", max_length=34, blank=True, validators=[validators.validate_iban])
    state = models.CharField(_("state"), max_length=10, choices=S, default=S.TO_PAY, editable=False)
    paid_on = models.DateField(_("paid on"), null=True, editable=False)  # null: not yet
    note = models.CharField(_("note"), max_length=500, blank=True, editable=False)

    objects = ScopedQuerySet.as_manager()

    audit_root = ("payment", "payment_id")

    class Meta(AuditedModel.Meta):
        db_table = "refund"
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        ordering = ["-created_at", "-id"]
        constraints = [
            known("state", RefundState),
            models.CheckConstraint(name="refund_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="refund_paid_on_a_day",
                condition=Q(state=S.PAID, paid_on__isnull=False) | ~Q(state=S.PAID) & Q(paid_on=None),
            ),
            models.CheckConstraint(name="refund_dropped_says_why", condition=~Q(state=S.DROPPED) | ~Q(note="")),
        ]
        indexes = [models.Index(name="refund_of_entity", fields=["business_entity", "-created_at", "-id"])]

    def __str__(self) -> str:
        return f"{self.payment} {self.amount}"

    @property
    def counted(self) -> Decimal:
        """What it takes of what is on account: nothing once it was dropped."""
        return Decimal("0.00") if self.state == S.DROPPED else self.amount
