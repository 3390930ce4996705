from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.audit.models import AuditedModel
from apps.catalog.models import Article
from apps.core import clock
from apps.core.crypto import EncryptedTextField
from apps.core.fields import PercentageField, SchemaJSONField
from apps.core.models import known
from apps.core.outbound import FinalError, read_url
from apps.orders.models import Order
from apps.organizations.models import BusinessEntity, Organization, ScopedQuerySet
from apps.partners import schemas
from apps.partners.choices import (
    DEFAULT_STATUS_MAPPING,
    AuthenticationType,
    DeliveryChannel,
    DeliveryState,
    IntegrationState,
    IntegrationType,
    SyncFrequency,
    WebhookEvent,
)
from apps.partners.credentials import Proof, read_credentials
from apps.partners.mapping import Dialect, Mapping, MappingError, validate_expression
from apps.partners.signing import validate_webhook_secret
from apps.partners.wording import StatusCall
from apps.workflow.machines import arrows

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


def validate_arrows(value: Any) -> None:
    """Refuse an arrow that an order's machine does not have."""
    there = {(arrow.source, arrow.target) for arrow in arrows(Order)}
    given = [(each["from"], each["to"]) for each in value] if isinstance(value, list) else []
    for source, target in given:
        if (source, target) not in there:
            params = {"from": source, "to": target}
            raise ValidationError(_("No order goes from “%(from)s” to “%(to)s”."), code="no_such_arrow", params=params)


def validate_particulars(value: Any) -> None:
    """Refuse a call of the partner's API that could not be worded, and an expression that does not compile."""
    try:
        StatusCall.of(value).check()
        validate_expression(value.get("confidence", {}).get("path", "@"))
    except (AttributeError, TypeError):
        return  # the schema says so already


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
        _("test mode"), default=False, help_text=_("While on, only test keys are accepted: nothing real can come in.")
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
    status_arrows = SchemaJSONField(
        _("steps that the partner may take"),
        schema=schemas.STATUS_ARROWS,
        default=list,
        blank=True,
        validators=[validate_arrows],
        help_text=_("The arrows along which a status that the partner reports moves the order. Empty: none, it is kept only."),
    )
    partner_specific_config = SchemaJSONField(
        _("particulars"),
        schema=schemas.PARTNER_SPECIFIC,
        default=dict,
        blank=True,
        validators=[validate_particulars],
        help_text=_(
            "“status_call” says how a call of the partner's API looks: method, path, and a JMESPath expression that makes "
            "its body of what a webhook would tell."
        ),
    )
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

    api_base_url = models.CharField(
        _("partner's API"),
        max_length=2000,
        blank=True,
        validators=[validate_callable_url],
        help_text=_("An integration of the type API calls it with each status that the partner has a word for."),
    )
    api_version = models.CharField(
        _("version of the partner's API"),
        max_length=50,
        blank=True,
        validators=[RegexValidator(r"\A[A-Za-z0-9._-]*\Z")],
        help_text=_("Stands in the path where it says {api_version}."),
    )
    authentication_type = models.CharField(
        _("authentication at the partner"), max_length=20, choices=AuthenticationType, blank=True
    )
    credentials = EncryptedTextField(
        _("credentials at the partner"), max_length=4000, help_text=_("A JSON object; its members follow from the type.")
    )

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

    def clean(self) -> None:
        """What is to be called needs credentials of the shape that their type asks for."""
        super().clean()
        calls = self.integration_type == IntegrationType.API and self.api_base_url
        if calls and not self.authentication_type:
            raise ValidationError({"authentication_type": _("Say how we prove to the partner's API who we are.")})
        try:
            self.proof()
        except ValidationError as error:
            raise ValidationError({"credentials": error}) from error

    def proof(self) -> Proof:
        """What a call of the partner's API shows of who we are; see `read_credentials`."""
        return read_credentials(self.authentication_type, self.credentials)

    @property
    def status_call(self) -> StatusCall:
        """The call of the partner's API that tells a status."""
        return StatusCall.of(self.partner_specific_config)

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
    def channels(self) -> tuple[DeliveryChannel, ...]:
        """The ways in which a status change is told. While sending is paused it is queued for them all the same, and waits."""
        hears = self.webhook_url and WebhookEvent.ORDER_STATUS_CHANGED in self.webhook_events
        is_called = self.integration_type == IntegrationType.API and self.api_base_url
        ways = {DeliveryChannel.WEBHOOK: hears, DeliveryChannel.API: is_called}
        return tuple(channel for channel, is_used in ways.items() if is_used)

    @property
    def is_sending(self) -> bool:
        """Whether what is queued is sent: neither the integration nor its sending is paused."""
        return self.is_active and self.sync_enabled

    @property
    def state(self) -> IntegrationState:
        """One word for lists; reads how its endpoints are doing."""
        endpoints = self.endpoints.all()
        if any(endpoint.gone_at for endpoint in endpoints):
            return IntegrationState.DISABLED
        if not self.is_active:
            return IntegrationState.PAUSED if self.last_sync_at else IntegrationState.DRAFT
        if any(endpoint.consecutive_failures >= FAILURES_IN_TROUBLE for endpoint in endpoints):
            return IntegrationState.ERROR
        return IntegrationState.TESTING if self.test_mode else IntegrationState.ACTIVE

    def outward_status(self, status: str) -> str | None:
        """The partner's word for a status of ours; None where it does not want to hear of it."""
        words: dict[str, str] = self.status_mapping.get("chargecars_to_partner") or DEFAULT_STATUS_MAPPING
        return words.get(status)

    def inward_status(self, word: str) -> str:
        """Our status for a word of the partner's; empty where it has no meaning for us."""
        meanings: dict[str, str] = self.status_mapping.get("partner_to_chargecars", {})
        return meanings.get(word, "")

    def signing_secrets(self) -> list[str]:
        """The secrets to sign with: during a rotation the previous one too."""
        secrets = [self.webhook_secret]
        if self.previous_webhook_secret and self.previous_secret_until and clock.now() < self.previous_secret_until:
            secrets.append(self.previous_webhook_secret)
        return secrets


class PartnerSkuQuerySet(ScopedQuerySet["PartnerSku"]):
    entity_path = "integration__business_entity"
    organization_paths = ("integration__partner_organization",)


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
