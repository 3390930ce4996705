from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from apps.audit.models import AuditedModel
from apps.core import validators
from apps.core.fields import AmountField, PercentageField, SchemaJSONField, WebAddressField
from apps.core.models import known, trigrams, where_filled
from apps.organizations import schemas
from apps.organizations.choices import (
    CUSTOMER_TYPES,
    PARTNER_TYPES,
    OrganizationType,
    PartnerStatus,
    PartnerTier,
    PaymentMethod,
    PaymentTerms,
)
from apps.organizations.models.address import Address
from apps.organizations.models.business_entity import BusinessEntity
from apps.organizations.models.scope import ScopedQuerySet


class OrganizationQuerySet(ScopedQuerySet["Organization"]):
    is_group_wide_without_entity = True
    organization_paths = ("pk",)

    def customers(self) -> "OrganizationQuerySet":
        return self.filter(organization_type__in=CUSTOMER_TYPES)

    def reached_at(self, business_entity: BusinessEntity | UUID, email: str) -> "OrganizationQuerySet":
        """The customers of a company with this e-mail address, the one that counts first."""
        return self.customers().filter(business_entity=business_entity, email=email).order_by("-is_active", "pk")

    def partners(self) -> "OrganizationQuerySet":
        return self.filter(organization_type__in=sorted(PARTNER_TYPES))


class Organization(AuditedModel):
    """A customer, partner or supplier. A customer belongs to one business entity; partners and suppliers to the group."""

    business_entity = models.ForeignKey(
        BusinessEntity,
        on_delete=models.PROTECT,
        null=True,  # null: the whole group deals with it
        blank=True,
        related_name="organizations",
        verbose_name=_("business entity"),
    )
    organization_type = models.CharField(_("type"), max_length=30, choices=OrganizationType)
    name = models.CharField(_("name"), max_length=220)
    legal_name = models.CharField(_("legal name"), max_length=200, blank=True)
    slug = models.SlugField(
        _("short name"), max_length=50, blank=True, db_index=False, help_text=_("What a partner's address in the API is made of.")
    )
    parent_organization = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,  # null: stands at the top of its tree
        blank=True,
        related_name="child_organizations",
        verbose_name=_("part of"),
        db_index=False,
    )
    kvk_number = models.CharField(_("KvK number"), max_length=8, blank=True, validators=[validators.validate_kvk])
    vat_number = models.CharField(_("BTW number"), max_length=14, blank=True, validators=[validators.validate_btw])
    iban = models.CharField("IBAN", max_length=34, blank=True, validators=[validators.validate_iban])
    email = models.EmailField(_("e-mail address"), max_length=254, blank=True)
    billing_email = models.EmailField(_("e-mail address for invoices"), max_length=254, blank=True)
    phone = models.CharField(_("phone"), max_length=16, blank=True, validators=[validators.validate_phone])
    installer_help_line = models.CharField(
        _("help line for installers"), max_length=16, blank=True, validators=[validators.validate_phone]
    )
    website = WebAddressField(_("website"), max_length=200, blank=True)
    payment_terms = models.CharField(
        _("payment terms"),
        max_length=10,
        choices=PaymentTerms,
        blank=True,
        help_text=_("Empty: those of the business entity."),
    )
    preferred_payment_method = models.CharField(_("payment method"), max_length=15, choices=PaymentMethod, blank=True)
    credit_limit = AmountField(_("credit limit"), null=True, blank=True)  # null: no limit agreed
    partner_tier = models.CharField(_("partner tier"), max_length=10, choices=PartnerTier, blank=True)
    partner_status = models.CharField(_("partner status"), max_length=12, choices=PartnerStatus, blank=True)
    commission_rate = PercentageField(_("commission rate (%)"), null=True, blank=True)  # null: none agreed
    account_manager = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,  # null: nobody in particular
        blank=True,
        related_name="managed_organizations",
        verbose_name=_("account manager"),
        db_index=False,
    )
    financial_contact = models.ForeignKey(
        "organizations.Contact",
        on_delete=models.PROTECT,
        null=True,  # null: the primary contact
        blank=True,
        related_name="+",
        verbose_name=_("financial contact"),
        db_index=False,
    )
    visiting_address = models.ForeignKey(
        Address,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("visiting address"),
        db_index=False,
    )
    billing_address = models.ForeignKey(
        Address,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("billing address"),
        db_index=False,
    )
    shipping_address = models.ForeignKey(
        Address,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("shipping address"),
        db_index=False,
    )
    default_billing_configuration = SchemaJSONField(_("billing"), schema=schemas.BILLING_CONFIGURATION, default=dict, blank=True)
    permission_presets = SchemaJSONField(_("permission presets"), schema=schemas.PERMISSION_PRESETS, default=dict, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    objects = OrganizationQuerySet.as_manager()

    class Meta(AuditedModel.Meta):
        db_table = "organization"
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")
        ordering = ["name"]
        constraints = [
            known("organization_type", OrganizationType),
            models.UniqueConstraint(name="organization_slug_unique", fields=["slug"], condition=~Q(slug="")),
            models.CheckConstraint(
                name="organization_customer_has_entity",
                condition=~Q(organization_type__in=sorted(CUSTOMER_TYPES)) | Q(business_entity__isnull=False),
            ),
            models.CheckConstraint(
                name="organization_not_its_own_parent",
                condition=Q(parent_organization__isnull=True) | ~Q(parent_organization=models.F("id")),
            ),
            # A customer is found by it: two spellings of one address would be two customers.
            models.CheckConstraint(name="organization_email_lower_case", condition=Q(email=Lower("email"))),
            models.CheckConstraint(
                name="organization_credit_limit_not_negative",
                condition=Q(credit_limit__isnull=True) | Q(credit_limit__gte=0),
            ),
        ]
        indexes = [
            models.Index(name="organization_by_email", fields=["business_entity", "email"], condition=~Q(email="")),
            trigrams("name"),
            where_filled("parent_organization", name="organization_below"),
            where_filled("account_manager", name="organization_managed_by"),
            where_filled("financial_contact", name="organization_financial_contact"),
            where_filled("visiting_address", name="organization_visited_there"),
            where_filled("billing_address", name="organization_billed_there"),
            where_filled("shipping_address", name="organization_shipped_there"),
            models.Index(name="organization_partners", fields=["name"], condition=Q(organization_type__in=sorted(PARTNER_TYPES))),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_customer(self) -> bool:
        return self.organization_type in CUSTOMER_TYPES

    @property
    def is_partner(self) -> bool:
        return self.organization_type in PARTNER_TYPES
