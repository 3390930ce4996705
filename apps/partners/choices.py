from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.orders.choices import OrderStatus


class IntegrationType(models.TextChoices):
    API = "api", _("API")
    WEBHOOK = "webhook", _("Webhook")
    SFTP = "sftp", _("SFTP")
    EMAIL = "email", _("E-mail")
    FORM = "form", _("Form")


class AuthenticationType(models.TextChoices):
    API_KEY = "api_key", _("API key")
    OAUTH2 = "oauth2", _("OAuth 2")
    BASIC_AUTH = "basic_auth", _("Name and password")
    BEARER_TOKEN = "bearer_token", _("Bearer token")


class SyncFrequency(models.TextChoices):
    REAL_TIME = "real_time", _("At once")
    EVERY_15_MINUTES = "every_15_minutes", _("Every 15 minutes")
    HOURLY = "hourly", _("Hourly")
    DAILY = "daily", _("Daily")


class IntegrationState(models.TextChoices):
    """How an integration is doing, in one word; it follows from its flags and its endpoint's health."""

    DRAFT = "draft", _("Draft")
    TESTING = "testing", _("Testing")
    ACTIVE = "active", _("Active")
    PAUSED = "paused", _("Paused")
    ERROR = "error", _("In trouble")
    DISABLED = "disabled", _("Endpoint gone")


class WebhookEvent(models.TextChoices):
    """What a partner can be told of; the names stand in `webhook_events`."""

    ORDER_STATUS_CHANGED = "order.status_changed", _("An order's status changed")


class DeliveryChannel(models.TextChoices):
    """The two ways to tell a partner something; an integration may use either, or both."""

    WEBHOOK = "webhook", _("Webhook")
    API = "api", _("Partner's API")


class ReportOutcome(models.TextChoices):
    """What came of a status that a partner reported."""

    MOVED = "moved", _("The order moved")
    RECORDED = "recorded", _("Recorded")


class MessageKind(models.TextChoices):
    FIRST = "first", _("The order")
    REPEAT = "repeat", _("Repeat that differs")


class DeliveryState(models.TextChoices):
    TODO = "todo", _("To send")
    DONE = "done", _("Delivered")
    PARKED = "parked", _("Parked")
    SKIPPED = "skipped", _("Skipped")


class ResendScope(models.TextChoices):
    """Which of the messages of a stretch of time are sent again."""

    PARKED = "parked", _("Parked: given up after all attempts")
    FAILED = "failed", _("Parked, and those that wait after a failure")
    ALL = "all", _("All of them, also what arrived")


# Until one of these is out of the way, nothing later of the same order is sent the same way.
UNSETTLED = (DeliveryState.TODO, DeliveryState.PARKED)

# What a partner hears that has no mapping of its own.
DEFAULT_STATUS_MAPPING: dict[str, str] = {
    OrderStatus.NEW_LEAD: "RECEIVED",
    OrderStatus.INTAKE_SENT: "RECEIVED",
    OrderStatus.INTAKE_COMPLETED: "RECEIVED",
    OrderStatus.QUOTE_DRAFT: "QUOTED",
    OrderStatus.QUOTE_READY: "QUOTED",
    OrderStatus.QUOTE_SENT: "QUOTED",
    OrderStatus.CUSTOMER_APPROVED: "APPROVAL_PENDING",
    OrderStatus.PARTNER_APPROVED: "APPROVAL_PENDING",
    OrderStatus.BOTH_APPROVED: "CONFIRMED",
    OrderStatus.PLANNING: "CONFIRMED",
    OrderStatus.SCHEDULED: "SCHEDULED",
    OrderStatus.IN_PROGRESS: "IN_PROGRESS",
    OrderStatus.NEW: "RECEIVED",
    OrderStatus.PENDING_APPROVAL: "APPROVAL_PENDING",
    OrderStatus.APPROVED: "CONFIRMED",
    OrderStatus.IN_PRODUCTION: "IN_PROGRESS",
    OrderStatus.READY_FOR_DELIVERY: "IN_PROGRESS",
    OrderStatus.DELIVERED: "DELIVERED",
    OrderStatus.REJECTED: "REJECTED",
    OrderStatus.ON_HOLD: "ON_HOLD",
    OrderStatus.COMPLETED: "COMPLETED",
    OrderStatus.CANCELLED: "CANCELLED",
}
