"""Names of the kinds that channels, templates and messages come in."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ChannelType(TextChoices):
    EMAIL = "email", _("e-mail")
    WHATSAPP = "whatsapp", "WhatsApp"
    SMS = "sms", "SMS"
    PHONE = "phone_call", _("phone")


class ChannelCode(TextChoices):
    """What an entity's mailbox or number is for."""

    SUPPORT = "support", _("support")
    SALES = "sales", _("sales")
    ADMIN = "admin", _("administration")
    OPERATIONS = "operations", _("planning")
    EMERGENCY = "emergency", _("emergencies")


class Purpose(TextChoices):
    """What a message is for, which decides whether somebody may say no to it.

    Essential is what a customer must have (documents, invoices, appointments, safety) and can never be switched off;
    marketing needs somebody's yes.
    """

    ESSENTIAL = "essential", _("essential")
    SERVICE = "service", _("how the work goes")
    MARKETING = "marketing", _("news and offers")


class PreferenceSource(TextChoices):
    """How we know what somebody wants."""

    STAFF = "staff", _("a colleague wrote it down")
    STOP = "stop", _("answered STOP")
    LINK = "link", _("the link in a message")


class Department(TextChoices):
    CUSTOMER_SERVICE = "customer_service", _("customer service")
    SALES = "sales", _("sales")
    TECHNICAL_SUPPORT = "technical_support", _("technical support")
    OPERATIONS = "operations", _("planning")
    ADMINISTRATION = "administration", _("administration")
    MANAGEMENT = "management", _("management")


class TemplateCategory(TextChoices):
    ORDER_STATUS = "order_status", _("order status")
    PARTNER = "partner", _("partner")
    CUSTOMER_SERVICE = "customer_service", _("customer service")
    INSTALLATION_SCHEDULING = "installation_scheduling", _("appointments")
    TECHNICAL_SUPPORT = "technical_support", _("technical support")
    SALES_INQUIRY = "sales_inquiry", _("sales")
    COMPLAINT_RESPONSE = "complaint_response", _("complaints")
    FOLLOW_UP = "follow_up", _("follow-up")
    AUTO_RESPONSE = "auto_response", _("automatic answer")
    INTERNAL_NOTIFICATION = "internal_notification", _("internal")


class ThreadType(TextChoices):
    NOTIFICATIONS = "notifications", _("notifications")
    CUSTOMER_SUPPORT = "customer_support", _("customer service")
    PARTNER_INQUIRY = "partner_inquiry", _("partner")
    INSTALLATION_COORDINATION = "installation_coordination", _("installation")
    SALES_INQUIRY = "sales_inquiry", _("sales")
    COMPLAINT = "complaint", _("complaint")
    BILLING_INQUIRY = "billing_inquiry", _("invoice")
    GENERAL_INQUIRY = "general_inquiry", _("other")


class MessageType(TextChoices):
    OUTGOING = "outgoing", _("outgoing")
    INCOMING = "incoming", _("incoming")
    INTERNAL_NOTE = "internal_note", _("internal note")
    SYSTEM_NOTIFICATION = "system_notification", _("notification")
    AUTO_RESPONSE = "auto_response", _("automatic answer")


class DeliveryStatus(TextChoices):
    """Where a message stands. `failed` waits for a person; `suppressed` was not to leave, its last error says why."""

    DRAFT = "draft", _("draft")
    PENDING = "pending", pgettext_lazy("a message", "to be sent")
    SENDING = "sending", pgettext_lazy("a message", "being sent")
    SENT = "sent", pgettext_lazy("a message", "sent")
    DELIVERED = "delivered", pgettext_lazy("a message", "delivered")
    READ = "read", pgettext_lazy("a message", "read")
    FAILED = "failed", pgettext_lazy("a message", "failed")
    BOUNCED = "bounced", pgettext_lazy("a message", "bounced")
    SUPPRESSED = "suppressed", pgettext_lazy("a message", "not sent")
    RECEIVED = "received", pgettext_lazy("a message", "received")


class TraceKind(TextChoices):
    """What a line of a message's trace tells: why somebody did or did not get it."""

    TRIED = "tried", pgettext_lazy("a message", "tried")
    DEFERRED = "deferred", pgettext_lazy("a message", "put off")
    REFUSED = "refused", pgettext_lazy("a message", "refused")
    SUPPRESSED = "suppressed", pgettext_lazy("a message", "kept inside")
    STATE = "state", pgettext_lazy("a message", "told by the provider")


TONES: dict[str, str] = {
    DeliveryStatus.DRAFT: "neutral",
    DeliveryStatus.PENDING: "info",
    DeliveryStatus.SENDING: "info",
    DeliveryStatus.SENT: "success",
    DeliveryStatus.DELIVERED: "success",
    DeliveryStatus.READ: "success",
    DeliveryStatus.FAILED: "danger",
    DeliveryStatus.BOUNCED: "danger",
    DeliveryStatus.SUPPRESSED: "neutral",
    DeliveryStatus.RECEIVED: "info",
}

TEXT_CHANNELS = (ChannelType.SMS, ChannelType.WHATSAPP)


class NotificationType(TextChoices):
    """What a colleague is told of."""

    TASK_ASSIGNED = "task_assigned", _("A task is yours")
    ORDER_STATUS_CHANGE = "order_status_change", _("The status of an order changed")
    VISIT_SCHEDULED = "visit_scheduled", _("A visit was planned")
    MESSAGE_RECEIVED = "message_received", _("A message came in")
    APPROVAL_REQUIRED = "approval_required", _("Something waits for your approval")
    PAYMENT_RECEIVED = "payment_received", _("A payment came in")
    SLA_OVERDUE = "sla_overdue", _("A deadline comes near or has passed")
    SYSTEM_ALERT = "system_alert", _("The system needs attention")
    REMINDER = "reminder", _("A reminder")
    MENTION = "mention", _("Somebody named you")
    EMERGENCY = "emergency", _("An emergency")


class NotificationPriority(TextChoices):
    """How pressing it is. Low waits for the daily digest, urgent does not wait for the morning."""

    LOW = "low", _("low")
    NORMAL = "normal", _("normal")
    HIGH = "high", _("high")
    URGENT = "urgent", _("urgent")


# Of which a person who chose nothing gets a letter too; all of them stand under the bell.
MAILED_BY_DEFAULT = frozenset(
    {
        NotificationType.TASK_ASSIGNED,
        NotificationType.APPROVAL_REQUIRED,
        NotificationType.SLA_OVERDUE,
        NotificationType.SYSTEM_ALERT,
        NotificationType.EMERGENCY,
    }
)


class StaffMailKind(TextChoices):
    NOTIFICATION = "notification", _("notification")
    DIGEST = "digest", _("daily digest")
    REPORT = "report", _("report")
