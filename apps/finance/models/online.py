"""Payments at a provider: the account that a company has there, what was asked for, and where the money went."""

from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.audit.models import AuditedModel
from apps.core.crypto import EncryptedTextField
from apps.core.fields import AmountField, SchemaJSONField
from apps.core.models import known
from apps.finance.choices import MovementKind, OnlineState
from apps.finance.models.bank import BankTransaction
from apps.finance.models.invoice import Invoice
from apps.finance.models.payment import Payment
from apps.finance.models.refund import Refund
from apps.organizations.models import BusinessEntity, ScopedQuerySet

METHODS = {"type": "array", "maxItems": 50, "items": {"type": "string", "maxLength": 50}}


class MollieConnection(AuditedModel):
    """A company's account at Mollie: with it its customers can pay invoices online. The key is encrypted."""

    business_entity = models.OneToOneField(
        BusinessEntity, on_delete=models.PROTECT, related_name="mollie_connection", verbose_name=_("business entity")
    )
    api_key = EncryptedTextField(
        _("API key"),
        max_length=100,
        validators=[RegexValidator(r"\A(live|test)_[A-Za-z0-9]{20,90}\Z", _("A key begins with live_ or test_."))],
        help_text=_("From Mollie's dashboard, under Developers. With a test key no money moves; production refuses one."),
    )
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("While off no payment can be started; what was started is still followed.")
    )
    account_name = models.CharField(_("account"), max_length=200, blank=True, editable=False)
    methods = SchemaJSONField(_("enabled methods"), schema=METHODS, default=list, blank=True, editable=False)
    tested_at = models.DateTimeField(_("tested at"), null=True, editable=False)  # null: not yet

    objects = ScopedQuerySet.as_manager()

    entity_type = "mollie_connection"
    audit_redacted = ("api_key",)

    class Meta(AuditedModel.Meta):
        db_table = "mollie_connection"
        verbose_name = _("Mollie connection")
        verbose_name_plural = _("Mollie connections")
        ordering = ["business_entity"]

    def __str__(self) -> str:
        return f"Mollie {self.business_entity}"

    def clean(self) -> None:
        """In production invoices are real, and so is the money."""
        super().clean()
        if settings.PRODUCTION and self.is_test:
            raise ValidationError({"api_key": _("This is a test key: with it no invoice is ever paid.")}, code="test_key")

    @property
    def is_test(self) -> bool:
        return self.api_key.startswith("test_")

    @property
    def takes_payments(self) -> bool:
        """Whether a customer may be sent there."""
        return self.is_active and not (settings.PRODUCTION and self.is_test)


class PayLink(AuditedModel):
    """How often the pay link of an invoice was made anew; of one that never was there is no row. Older links are dead."""

    invoice = models.OneToOneField(Invoice, on_delete=models.PROTECT, related_name="pay_link", verbose_name=_("invoice"))
    number = models.PositiveSmallIntegerField(_("number"), default=1)

    audit_root = ("invoice", "invoice_id")

    class Meta(AuditedModel.Meta):
        db_table = "pay_link"
        verbose_name = _("pay link")
        verbose_name_plural = _("pay links")
        ordering = ["invoice"]

    def __str__(self) -> str:
        return f"{self.invoice_id} {self.number}"


class ProviderSettlement(AuditedModel):
    """A payout of a provider that came in on the bank: what it had of us, less its fee. Amounts are in EUR."""

    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="+", verbose_name=_("business entity"), db_index=False
    )
    bank_transaction = models.ForeignKey(
        BankTransaction, on_delete=models.PROTECT, related_name="settlements", verbose_name=_("bank line")
    )
    reference = models.CharField(_("reference"), max_length=60, blank=True)
    gross = AmountField(_("paid by customers"))
    fee = AmountField(_("fee"))
    is_active = models.BooleanField(_("active"), default=True, editable=False)

    objects = ScopedQuerySet.as_manager()

    audit_root = ("bank_transaction", "bank_transaction_id")

    class Meta(AuditedModel.Meta):
        db_table = "provider_settlement"
        verbose_name = _("payout of a payment provider")
        verbose_name_plural = _("payouts of payment providers")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(name="provider_settlement_once", fields=["bank_transaction"], condition=Q(is_active=True)),
            models.CheckConstraint(name="provider_settlement_amounts", condition=Q(gross__gt=0, fee__gte=0)),
        ]
        indexes = [models.Index(name="provider_settlement_of_entity", fields=["business_entity", "-created_at", "-id"])]

    def __str__(self) -> str:
        return self.reference or str(self.gross)

    @property
    def net(self) -> Decimal:
        return self.gross - self.fee


class OnlinePayment(AuditedModel):
    """A customer's wish to pay what is open of an invoice, at a provider.

    Nothing is believed but what the provider answers when it is asked, with the company's own key. `next_check_at` says
    when it is asked again; while somebody asks it is the end of the lease, so that a worker that dies lets it lapse.
    """

    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="+", verbose_name=_("business entity"), db_index=False
    )
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="online_payments", verbose_name=_("invoice"))
    amount = AmountField(_("amount"))
    state = models.CharField(_("state"), max_length=10, choices=OnlineState, default=OnlineState.STARTING)
    provider_id = models.CharField(_("provider's reference"), max_length=60, blank=True)
    is_test = models.BooleanField(_("test"), default=False)
    method = models.CharField(_("method"), max_length=50, blank=True)
    checkout_url = models.CharField(_("checkout"), max_length=2_000, blank=True)
    started_at = models.DateTimeField(_("started at"))
    expires_at = models.DateTimeField(_("expires at"), null=True)  # null: the provider does not say
    paid_at = models.DateTimeField(_("paid at"), null=True)  # null: not yet
    next_check_at = models.DateTimeField(_("asked again at"), null=True)  # null: there is nothing to ask
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    last_error_code = models.CharField(_("last error"), max_length=60, blank=True)
    last_error = models.CharField(_("last error's words"), max_length=500, blank=True)
    payment = models.OneToOneField(
        Payment,
        on_delete=models.PROTECT,
        null=True,  # null: not paid
        related_name="online_payment",
        verbose_name=_("payment"),
    )

    objects = ScopedQuerySet.as_manager()

    entity_type = "online_payment"
    audit_root = ("invoice", "invoice_id")

    class Meta(AuditedModel.Meta):
        db_table = "online_payment"
        verbose_name = _("online payment")
        verbose_name_plural = _("online payments")
        ordering = ["-started_at", "-id"]
        constraints = [
            known("state", OnlineState),
            models.CheckConstraint(name="online_payment_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="online_payment_paid_is_booked",
                condition=Q(state=OnlineState.PAID, payment__isnull=False, paid_at__isnull=False)
                | ~Q(state=OnlineState.PAID) & Q(payment__isnull=True),
            ),
            models.CheckConstraint(
                name="online_payment_known_there",
                condition=~Q(provider_id="") | Q(state__in=[str(OnlineState.STARTING), str(OnlineState.FAILED)]),
            ),
            models.UniqueConstraint(name="online_payment_provider_id_once", fields=["provider_id"], condition=~Q(provider_id="")),
        ]
        indexes = [
            models.Index(name="online_payment_of_entity", fields=["business_entity", "-started_at", "-id"]),
            models.Index(name="online_payment_due", fields=["next_check_at"], condition=Q(next_check_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.provider_id or str(self.pk)


class ProviderMovement(AuditedModel):
    """What became more or less of our money at a provider: a payment, a refund, a chargeback. Each was booked once.

    Above zero it came there for us, below zero it went back to a customer; a refund that failed comes as its opposite.
    """

    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="+", verbose_name=_("business entity"), db_index=False
    )
    online_payment = models.ForeignKey(
        OnlinePayment, on_delete=models.PROTECT, related_name="movements", verbose_name=_("online payment")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=MovementKind)
    reference = models.CharField(_("provider's reference"), max_length=70, unique=True)
    amount = AmountField(_("amount"))
    moved_on = models.DateField(_("on"))
    settlement_reference = models.CharField(_("paid out with"), max_length=60, blank=True)
    settlement = models.ForeignKey(
        ProviderSettlement,
        on_delete=models.PROTECT,
        null=True,  # null: the provider still has it
        related_name="movements",
        verbose_name=_("payout"),
    )
    refund = models.OneToOneField(
        Refund,
        on_delete=models.PROTECT,
        null=True,  # null: no refund of ours
        related_name="+",
        verbose_name=_("refund"),
    )

    objects = ScopedQuerySet.as_manager()

    audit_root = ("online_payment", "online_payment_id")

    class Meta(AuditedModel.Meta):
        db_table = "provider_movement"
        verbose_name = _("movement at a payment provider")
        verbose_name_plural = _("movements at payment providers")
        ordering = ["-moved_on", "-id"]
        constraints = [
            known("kind", MovementKind),
            models.CheckConstraint(name="provider_movement_moves", condition=~Q(amount=0)),
        ]
        indexes = [
            models.Index(name="provider_movement_unsettled", fields=["business_entity", "id"], condition=Q(settlement=None)),
        ]

    def __str__(self) -> str:
        return self.reference


class OnlineRefund(AuditedModel):
    """A refund of ours that the provider is asked to pay back. What it then says of it comes with its payment.

    `next_check_at` says when it is asked again; while somebody asks it is the end of the lease. Null: it was asked.
    """

    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="+", verbose_name=_("business entity"), db_index=False
    )
    refund = models.OneToOneField(Refund, on_delete=models.PROTECT, related_name="online", verbose_name=_("refund"))
    online_payment = models.ForeignKey(
        OnlinePayment, on_delete=models.PROTECT, related_name="refunds", verbose_name=_("online payment")
    )
    provider_id = models.CharField(_("provider's reference"), max_length=60, blank=True)
    next_check_at = models.DateTimeField(_("asked again at"), null=True)  # null: it was asked
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    last_error_code = models.CharField(_("last error"), max_length=60, blank=True)
    last_error = models.CharField(_("last error's words"), max_length=500, blank=True)

    objects = ScopedQuerySet.as_manager()

    audit_root = ("online_payment", "online_payment_id")

    class Meta(AuditedModel.Meta):
        db_table = "online_refund"
        verbose_name = _("refund at a payment provider")
        verbose_name_plural = _("refunds at payment providers")
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(name="online_refund_due", fields=["next_check_at"], condition=Q(next_check_at__isnull=False)),
            models.Index(name="online_refund_of_entity", fields=["business_entity", "-created_at", "-id"]),
        ]

    def __str__(self) -> str:
        return self.provider_id or str(self.refund_id)
