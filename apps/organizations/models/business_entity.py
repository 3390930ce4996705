from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.audit.models import AuditedModel
from apps.core import validators
from apps.core.fields import AmountField, SchemaJSONField, WebAddressField
from apps.core.models import known
from apps.organizations import schemas
from apps.organizations.choices import EntityCode
from apps.organizations.models.address import Address
from apps.organizations.models.scope import ScopedQuerySet

MOST_SMALL = Decimal(25)  # what is dearer is written off by two people


class BusinessEntityQuerySet(ScopedQuerySet["BusinessEntity"]):
    entity_path = "pk"

    def get_by_natural_key(self, entity_code: str) -> "BusinessEntity":
        return self.get(entity_code=entity_code)


class BusinessEntity(AuditedModel):
    """One company of the group: it sells, invoices and answers under its own name."""

    entity_code = models.CharField(_("code"), max_length=20, choices=EntityCode, unique=True)
    entity_name = models.CharField(_("name"), max_length=100)
    legal_name = models.CharField(_("legal name"), max_length=200)
    kvk_number = models.CharField(_("KvK number"), max_length=8, unique=True, validators=[validators.validate_kvk])
    btw_number = models.CharField(_("BTW number"), max_length=14, unique=True, validators=[validators.validate_btw])
    number_prefix = models.CharField(_("number prefix"), max_length=4, unique=True)
    sequence_length = models.PositiveSmallIntegerField(
        _("digits of a number"), default=5, validators=[MinValueValidator(5), MaxValueValidator(8)]
    )
    supports_work_orders = models.BooleanField(
        _("has work orders"), default=True, help_text=_("A wholesale company sells and ships; it installs nothing.")
    )
    website_url = WebAddressField(_("website"), max_length=200, blank=True)
    contact_email = models.EmailField(_("e-mail address"), max_length=254)
    contact_phone = models.CharField(_("phone"), max_length=16, blank=True, validators=[validators.validate_phone])
    address = models.ForeignKey(Address, on_delete=models.PROTECT, related_name="+", verbose_name=_("address"))
    payment_term_days = models.PositiveSmallIntegerField(
        _("payment term in days"), default=14, validators=[MaxValueValidator(120)]
    )
    write_off_limit = AmountField(
        _("small differences"),
        default=Decimal("0.00"),
        db_default=Decimal("0.00"),
        help_text=_("EUR. A payment that is too little by at most so much closes its invoice; 0: never."),
    )
    order_approval_threshold = AmountField(
        _("order approval threshold"),
        null=True,  # null: no order waits for approval because of its amount
        blank=True,
        help_text=_("EUR excl. VAT. A dearer order waits for approval."),
    )
    invoice_approval_threshold = AmountField(
        _("invoice approval threshold"),
        default=Decimal("2500.00"),
        help_text=_("EUR excl. VAT. An invoice below it is approved at once."),
    )
    branding_config = SchemaJSONField(_("branding"), schema=schemas.BRANDING, default=dict, blank=True)
    email_config = SchemaJSONField(_("e-mail"), schema=schemas.EMAIL_CONFIG, default=dict, blank=True)
    document_config = SchemaJSONField(_("documents"), schema=schemas.DOCUMENT_CONFIG, default=dict, blank=True)
    operational_config = SchemaJSONField(_("operations"), schema=schemas.OPERATIONAL_CONFIG, default=dict, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    objects = BusinessEntityQuerySet.as_manager()

    class Meta(AuditedModel.Meta):
        db_table = "business_entity"
        verbose_name = _("business entity")
        verbose_name_plural = _("business entities")
        ordering = ["entity_name"]
        constraints = [
            known("entity_code", EntityCode),
            models.CheckConstraint(name="business_entity_number_prefix", condition=Q(number_prefix__regex="^[A-Z]{2,4}$")),
            models.CheckConstraint(name="business_entity_sequence_length", condition=Q(sequence_length__range=(5, 8))),
            models.CheckConstraint(
                name="business_entity_thresholds_not_negative",
                condition=Q(invoice_approval_threshold__gte=0, write_off_limit__range=(0, MOST_SMALL))
                & (Q(order_approval_threshold__isnull=True) | Q(order_approval_threshold__gte=0)),
            ),
        ]

    def __str__(self) -> str:
        return self.entity_name

    def natural_key(self) -> tuple[str]:
        return (self.entity_code,)

    @property
    def primary_color(self) -> str:
        """The colour by which staff tell the companies apart; empty where none is set."""
        color: str = self.branding_config.get("primary_color", "")
        return color

    @property
    def primary_bank_account(self) -> "BankAccount | None":
        """The account that invoices name; None where none is set."""
        return next((each for each in self.bank_accounts.all() if each.is_primary and each.is_active), None)

    @property
    def blocked_account(self) -> "BankAccount | None":
        """The account for wage taxes (g-rekening); None where it has none."""
        return next((each for each in self.bank_accounts.all() if each.is_blocked and each.is_active), None)


class BankAccountQuerySet(ScopedQuerySet["BankAccount"]):
    def get_by_natural_key(self, iban: str) -> "BankAccount":
        return self.get(iban=iban)


class BankAccount(AuditedModel):
    """An account on which a company of the group is paid."""

    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="bank_accounts", verbose_name=_("business entity")
    )
    account_name = models.CharField(_("account name"), max_length=100)
    iban = models.CharField("IBAN", max_length=34, unique=True, validators=[validators.validate_iban])
    bic = models.CharField("BIC", max_length=11, blank=True, validators=[validators.validate_bic])
    bank_name = models.CharField(_("bank"), max_length=100, blank=True)
    is_primary = models.BooleanField(_("primary"), default=False)
    is_blocked = models.BooleanField(
        _("blocked account"),
        default=False,
        db_default=False,
        help_text=_("A g-rekening: what is paid on it is for wage taxes and VAT alone."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_confirmed = models.BooleanField(
        _("confirmed"),
        default=True,
        db_default=True,
        editable=False,
        help_text=_("A new account is used once somebody else has approved it."),
    )

    objects = BankAccountQuerySet.as_manager()

    audit_root = ("business_entity", "business_entity_id")

    class Meta(AuditedModel.Meta):
        db_table = "bank_account"
        verbose_name = _("bank account")
        verbose_name_plural = _("bank accounts")
        ordering = ["business_entity", "account_name"]
        constraints = [
            models.UniqueConstraint(name="bank_account_one_primary", fields=["business_entity"], condition=Q(is_primary=True)),
            models.UniqueConstraint(name="bank_account_one_blocked", fields=["business_entity"], condition=Q(is_blocked=True)),
            models.CheckConstraint(
                name="bank_account_used_when_confirmed", condition=Q(is_confirmed=True) | Q(is_active=False, is_primary=False)
            ),
            models.CheckConstraint(name="bank_account_primary_is_free", condition=Q(is_primary=False) | Q(is_blocked=False)),
        ]

    def __str__(self) -> str:
        return f"{self.account_name} ({self.iban})"

    def natural_key(self) -> tuple[str]:
        return (self.iban,)
