"""Money on its way out: batches that the bank carries out, with a transfer per partner or refund."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from apps.audit.models import AuditedModel
from apps.core import validators
from apps.core.fields import AmountField
from apps.core.models import known
from apps.core.money import ZERO
from apps.finance.choices import BatchKind, BatchStatus
from apps.finance.models.bank import BankTransaction
from apps.finance.models.commission import PartnerCommission
from apps.finance.models.refund import Refund
from apps.organizations.models import BankAccount, BusinessEntity, Organization, ScopedQuerySet
from apps.workflow.guards import scope_permission
from apps.workflow.models import GuardedQuerySet, StatefulModel, Workflow

S = BatchStatus

pays = scope_permission("finance.payments")


class PaymentBatchQuerySet(GuardedQuerySet, ScopedQuerySet):  # type: ignore[override]  # each makes a manager of its own type
    """Batches are our own: no partner sees what another gets."""


class PaymentBatch(StatefulModel):
    """What a company pays on a day, in EUR: commissions, or refunds. Once made its transfers never change; it is carried out
    or dropped. Carried out, its money is under way until the bank tells of it.
    """

    entity_type = "payment_batch"
    workflows = {"default": Workflow(statuses=tuple(S.values), initial=S.OPEN, final=frozenset({S.EXECUTED, S.CANCELLED}))}

    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="+", verbose_name=_("business entity"), db_index=False
    )
    kind = models.CharField(
        _("pays"), max_length=12, choices=BatchKind, default=BatchKind.COMMISSIONS, db_default=str(BatchKind.COMMISSIONS)
    )
    batch_number = models.CharField(_("number"), max_length=30, unique=True, editable=False)
    bank_account = models.ForeignKey(
        BankAccount, on_delete=models.PROTECT, related_name="+", verbose_name=_("from account"), editable=False
    )
    status = FSMField(_("status"), max_length=10, choices=S.choices, default=S.OPEN, protected=True, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    execution_date = models.DateField(_("to be paid on"))
    prepared_at = models.DateTimeField(_("prepared at"), editable=False)
    executed_on = models.DateField(_("paid on"), null=True, editable=False)  # null: not yet
    total_amount = AmountField(_("amount"), default=ZERO, editable=False)
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,  # null: the system
        related_name="+",
        verbose_name=_("prepared by"),
        editable=False,
    )
    notes = models.CharField(_("left out"), max_length=2000, blank=True, editable=False)

    objects = PaymentBatchQuerySet.as_manager()

    class Meta(StatefulModel.Meta):
        db_table = "payment_batch"
        verbose_name = _("payout")
        verbose_name_plural = _("payouts")
        ordering = ["-created_at", "-id"]
        constraints = [
            known("status", BatchStatus),
            known("kind", BatchKind),
            models.CheckConstraint(
                name="payment_batch_executed_on_a_day",
                condition=Q(status=S.EXECUTED, executed_on__isnull=False) | (~Q(status=S.EXECUTED) & Q(executed_on=None)),
            ),
        ]
        indexes = [models.Index(name="payment_batch_of_entity", fields=["business_entity", "-created_at", "-id"])]

    def __str__(self) -> str:
        return self.batch_number

    @transition(field=status, source=S.OPEN, target=S.EXECUTED, permission=pays)
    def execute(self, *, executed_on: date) -> None:
        """The bank has carried it out."""
        self.executed_on = executed_on

    @transition(field=status, source=S.OPEN, target=S.CANCELLED, permission=pays)
    def cancel(self) -> None:
        """It is not paid; what is in it is due again."""


class PaymentBatchLine(AuditedModel):
    """One transfer of a batch, with the name and account as they were when it was made."""

    batch = models.ForeignKey(PaymentBatch, on_delete=models.PROTECT, related_name="lines", verbose_name=_("payout"))
    beneficiary = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        null=True,  # null: of a refund
        related_name="+",
        verbose_name=_("received by"),
    )
    refund = models.ForeignKey(
        Refund,
        on_delete=models.PROTECT,
        null=True,  # null: of commissions
        related_name="transfers",
        verbose_name=_("refund"),
    )
    account_name = models.CharField(_("account name"), max_length=220)
    iban = models.CharField("IBAN", max_length=34, validators=[validators.validate_iban])
    amount = AmountField(_("amount"))
    end_to_end_id = models.CharField(_("reference"), max_length=35, unique=True)
    bank_transaction = models.ForeignKey(
        BankTransaction,
        on_delete=models.PROTECT,
        null=True,  # null: the bank has not told of it
        editable=False,
        related_name="transfers",
        verbose_name=_("bank line"),
    )

    audit_root = ("payment_batch", "batch_id")

    class Meta(AuditedModel.Meta):
        db_table = "payment_batch_line"
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        ordering = ["batch", "end_to_end_id"]
        constraints = [
            models.CheckConstraint(name="payment_batch_line_positive", condition=Q(amount__gt=0)),
            models.UniqueConstraint(name="payment_batch_line_once", fields=["batch", "beneficiary"]),
            models.UniqueConstraint(name="payment_batch_line_refund_once", fields=["batch", "refund"]),
            models.CheckConstraint(
                name="payment_batch_line_pays_somebody",
                condition=Q(beneficiary__isnull=False, refund=None) | Q(beneficiary=None, refund__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_name} {self.amount}"


class CommissionPayout(AuditedModel):
    """What a transfer pays of a commission; below zero where a credit note took back what had been paid."""

    line = models.ForeignKey(PaymentBatchLine, on_delete=models.PROTECT, related_name="payouts", verbose_name=_("transfer"))
    commission = models.ForeignKey(
        PartnerCommission, on_delete=models.PROTECT, related_name="payouts", verbose_name=_("commission")
    )
    amount = AmountField(_("amount"))

    audit_root = ("partner_commission", "commission_id")

    class Meta(AuditedModel.Meta):
        db_table = "commission_payout"
        verbose_name = _("paid commission")
        verbose_name_plural = _("paid commissions")
        ordering = ["line", "created_at"]
        constraints = [
            models.CheckConstraint(name="commission_payout_something", condition=~Q(amount=0)),
            models.UniqueConstraint(name="commission_payout_once", fields=["line", "commission"]),
        ]

    def __str__(self) -> str:
        return f"{self.commission}: {self.amount}"
