from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.audit.models import AuditedModel
from apps.catalog.models import Article
from apps.core import clock
from apps.core.crypto import EncryptedTextField
from apps.core.fields import PercentageField, SchemaJSONField
from apps.core.models import BusinessModel, known
from apps.core.outbound import FinalError, read_url
from apps.organizations.models import BusinessEntity, Organization, ScopedQuerySet
from apps.partners import schemas
from apps.partners.choices import (
    DEFAULT_STATUS_MAPPING,
    AuthenticationType,
    DeliveryState,
    IntegrationState,
    IntegrationType,
    SyncFrequency,
    WebhookEvent,
)
from apps.partners.mapping import Dialect, Mapping, MappingError, validate_expression
from apps.partners.signing import validate_webhook_secret

DEFAULT_REQUESTS_PER_MINUTE = 100
FAILURES_IN_TROUBLE = 3


def validate_callable_url(url: str) -> None:
    """Refuse an address that would never be called."""
    try:
        read_url(url)
    except FinalError as error:
        raise ValidationError(
            _("This address cannot be called: %(problem)s."), code=error.code, params={"problem": error}
        ) from error


def validate_mapping(value: Any) -> None:
    """Refuse a mapping that does not compile or does not fill what an order needs."""
    if not isinstance(value, dict):
        return  # the schema says so already
    try:
        Mapping.compile(value)
    except MappingError as error:
        raise ValidationError(str(error), code=error.code) from error


def every_event() -> list[str]:
    return list(WebhookEvent.values)


class PartnerIntegrationQuerySet(ScopedQuerySet["PartnerIntegration"]):
    organization_paths = ("partner_organization",)

    def with_parked(self) -> "PartnerIntegrationQuerySet":
        """With `parked`: how many messages wait for a person."""
        parked = models.Q(deliveries__state=DeliveryState.PARKED)
        return self.annotate(parked=models.Count("deliveries", filter=parked))


class PartnerIntegration(AuditedModel):
    """How one partner and we understand each other: its fields, its statuses, its keys, its address.

    `business_entity` decides whose the orders, customers and numbers are. The secrets are encrypted, and are no part of the
    history or the audit log.
    """

    partner_organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="integrations", verbose_name=_("partner")
    )
    business_entity = models.ForeignKey(
        BusinessEntity,
        on_delete=models.PROTECT,
        related_name="partner_integrations",
        verbose_name=_("business entity"),
        help_text=_("Whose orders, customers and numbers this integration makes."),
    )
    integration_name = models.CharField(_("name"), max_length=100)
    integration_type = models.CharField(_("type"), max_length=10, choices=IntegrationType, default=IntegrationType.API)
    is_active = models.BooleanField(_("active"), default=False)
    takes_orders = models.BooleanField(_("takes orders in"), default=True)
    test_mode = models.BooleanField(
        _("test mode"), default=False, help_text=_("While on, every order is a test order, whichever key sends it.")
    )

    partner_order_id_field = models.CharField(
        _("where the partner's order number stands"),
        max_length=schemas.EXPRESSION_LENGTH,
        default="partner_order_id",
        validators=[validate_expression],
        help_text=_("A JMESPath expression. It is read first, before anything else of a message."),
    )
    custom_field_mapping = SchemaJSONField(
        _("field mapping"),
        schema=schemas.FIELD_MAPPING,
        default=dict,
        blank=True,
        validators=[validate_mapping],
        help_text=_("Our field → a JMESPath expression into the partner's message. Empty: the partner sends our own shape."),
    )
    status_mapping = SchemaJSONField(
        _("status mapping"),
        schema=schemas.STATUS_MAPPING,
        default=dict,
        blank=True,
        help_text=_("Without “chargecars_to_partner” the usual words are sent; a status that it leaves out is not sent."),
    )
    partner_specific_config = SchemaJSONField(_("particulars"), schema=schemas.PARTNER_SPECIFIC, default=dict, blank=True)
    rate_limit_config = SchemaJSONField(_("rate limit"), schema=schemas.RATE_LIMIT, default=dict, blank=True)

    sync_enabled = models.BooleanField(_("sends statuses"), default=True)
    sync_frequency = models.CharField(_("how often"), max_length=20, choices=SyncFrequency, default=SyncFrequency.REAL_TIME)
    webhook_url = models.CharField(_("webhook address"), max_length=2000, blank=True, validators=[validate_callable_url])
    webhook_events = SchemaJSONField(_("webhook events"), schema=schemas.WEBHOOK_EVENTS, default=every_event, blank=True)
    webhook_secret = EncryptedTextField(_("webhook secret"), max_length=200, validators=[validate_webhook_secret])
    previous_webhook_secret = EncryptedTextField(
        _("previous webhook secret"), max_length=200, validators=[validate_webhook_secret]
    )
    previous_secret_until = models.DateTimeField(
        _("previous secret signs until"),
        null=True,
        blank=True,
        editable=False,  # null: there is none
    )

    api_base_url = models.CharField(_("partner's API"), max_length=2000, blank=True, validators=[validate_callable_url])
    api_version = models.CharField(_("version of the partner's API"), max_length=50, blank=True)
    authentication_type = models.CharField(
        _("authentication at the partner"), max_length=20, choices=AuthenticationType, blank=True
    )
    credentials = EncryptedTextField(_("credentials at the partner"), max_length=4000)

    # Written by the clockwork from the attempts, so that they cost no write per call.
    last_sync_at = models.DateTimeField(_("last sync"), null=True, blank=True, editable=False)
    success_rate = PercentageField(
        _("success rate of 24 hours (%)"),
        null=True,
        blank=True,
        editable=False,  # null: nothing was sent
    )
    error_count = models.PositiveIntegerField(_("errors in 24 hours"), default=0, editable=False)
    last_error_at = models.DateTimeField(_("last error"), null=True, blank=True, editable=False)
    last_error_message = models.CharField(_("last error message"), max_length=500, blank=True, editable=False)

    objects = PartnerIntegrationQuerySet.as_manager()

    entity_type = "partner_integration"
    audit_redacted = ("webhook_secret", "previous_webhook_secret", "credentials")

    class Meta(AuditedModel.Meta):
        db_table = "partner_integration"
        verbose_name = _("partner integration")
        verbose_name_plural = _("partner integrations")
        ordering = ["integration_name"]
        constraints = [
            known("integration_type", IntegrationType),
            known("sync_frequency", SyncFrequency),
            models.CheckConstraint(
                name="partner_integration_authentication_known",
                condition=models.Q(authentication_type__in=["", *sorted(AuthenticationType.values)]),
            ),
            models.UniqueConstraint(
                name="partner_integration_one_takes_orders",
                fields=["partner_organization"],
                condition=models.Q(is_active=True, takes_orders=True),
                violation_error_message=_("Another active integration already takes in this partner's orders."),
            ),
            models.CheckConstraint(
                name="partner_integration_errors_counted",
                condition=models.Q(success_rate__isnull=False) | models.Q(error_count=0),
            ),
        ]

    def __str__(self) -> str:
        return self.integration_name

    @property
    def mapping(self) -> Mapping:
        """The compiled field mapping; the canonical shape where none is set."""
        return Mapping.compile(self.custom_field_mapping)

    def dialect_of(self, payload: Any) -> Dialect:
        """How to read a message: in the partner's words, or in ours where it uses those."""
        return Dialect(self.mapping, self.partner_order_id_field).or_canonical(payload)

    @property
    def requests_per_minute(self) -> int:
        return int(self.rate_limit_config.get("requests_per_minute", DEFAULT_REQUESTS_PER_MINUTE))

    @property
    def sends_statuses(self) -> bool:
        """Whether a status change is told at all."""
        return (
            self.is_active
            and self.sync_enabled
            and bool(self.webhook_url)
            and WebhookEvent.ORDER_STATUS_CHANGED in self.webhook_events
        )

    @property
    def state(self) -> IntegrationState:
        """One word for lists; reads the endpoint's health."""
        health = getattr(self, "health", None)
        if health is not None and health.gone_at is not None:
            return IntegrationState.DISABLED
        if not self.is_active:
            return IntegrationState.PAUSED if self.last_sync_at else IntegrationState.DRAFT
        if health is not None and health.consecutive_failures >= FAILURES_IN_TROUBLE:
            return IntegrationState.ERROR
        return IntegrationState.TESTING if self.test_mode else IntegrationState.ACTIVE

    def outward_status(self, status: str) -> str | None:
        """The partner's word for a status of ours; None where it does not want to hear of it."""
        words: dict[str, str] = self.status_mapping.get("chargecars_to_partner") or DEFAULT_STATUS_MAPPING
        return words.get(status)

    def signing_secrets(self) -> list[str]:
        """The secrets to sign with: during a rotation the previous one too."""
        secrets = [self.webhook_secret]
        if self.previous_webhook_secret and self.previous_secret_until and clock.now() < self.previous_secret_until:
            secrets.append(self.previous_webhook_secret)
        return secrets


class PartnerSkuQuerySet(ScopedQuerySet["PartnerSku"]):
    entity_path = "integration__business_entity"
    organization_paths = ("integration__partner_organization",)

    def articles_of(self, integration_id: UUID, skus: set[str]) -> dict[str, Article]:
        """The active articles behind a partner's article numbers."""
        rows = self.filter(integration=integration_id, partner_sku__in=skus, article__is_active=True)
        return {row.partner_sku: row.article for row in rows.select_related("article")}


class PartnerSku(AuditedModel):
    """A partner's article number and the article of ours that it stands for."""

    integration = models.ForeignKey(
        PartnerIntegration, on_delete=models.PROTECT, related_name="skus", verbose_name=_("integration")
    )
    partner_sku = models.CharField(_("partner's article number"), max_length=100)
    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="partner_skus", verbose_name=_("article"))

    objects = PartnerSkuQuerySet.as_manager()

    audit_root = ("partner_integration", "integration_id")

    class Meta(AuditedModel.Meta):
        db_table = "partner_sku"
        verbose_name = _("partner's article number")
        verbose_name_plural = _("partner's article numbers")
        ordering = ["integration", "partner_sku"]
        constraints = [
            models.UniqueConstraint(name="partner_sku_once", fields=["integration", "partner_sku"]),
            models.CheckConstraint(name="partner_sku_named", condition=~models.Q(partner_sku="")),
        ]

    def __str__(self) -> str:
        return self.partner_sku


class EndpointHealth(BusinessModel):
    """How a partner's endpoint answers: the circuit that spares it, and us, while it is down.

    A row apart from the integration, so that a call writes no audit row and waits for no edit by staff.
    """

    integration = models.OneToOneField(
        PartnerIntegration, on_delete=models.PROTECT, related_name="health", verbose_name=_("integration")
    )
    consecutive_failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    open_until = models.DateTimeField(_("left alone until"), null=True)  # null: it is called
    gone_at = models.DateTimeField(_("gone since"), null=True)  # null: it did not say that it is gone

    class Meta(BusinessModel.Meta):
        db_table = "partner_endpoint_health"
        verbose_name = _("endpoint's health")
        verbose_name_plural = _("endpoints' health")

    def __str__(self) -> str:
        return f"{self.integration_id}"
