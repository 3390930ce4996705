"""Names of the kinds that tickets and what is said in them come in."""

from datetime import timedelta

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.organizations.choices import DocumentType


class TicketType(TextChoices):
    """What a ticket is for, which decides its number series, its promises and its way of life; it is never changed."""

    SUPPORT = "support", _("support")
    SALES = "sales", _("sales")
    INQUIRY = "inquiry", _("inquiry")


NUMBERED_AS: dict[str, DocumentType] = {
    TicketType.SUPPORT: DocumentType.SUPPORT_TICKET,
    TicketType.SALES: DocumentType.SALES_TICKET,
    TicketType.INQUIRY: DocumentType.INQUIRY_TICKET,
}


class TicketCategory(TextChoices):
    TECHNICAL = "technical", _("technical")
    INSTALLATION_ISSUE = "installation_issue", _("problem with an installation")
    BILLING = "billing", _("invoice or payment")
    SCHEDULING = "scheduling", _("appointment")
    COMPLAINT = "complaint", _("complaint")
    INFORMATION = "information", _("information")
    OTHER = "other", pgettext_lazy("a category", "other")

    NEW_LEAD = "new_lead", _("new lead")
    QUOTE_REQUEST = "quote_request", _("request for a quote")
    PRODUCT_INQUIRY = "product_inquiry", _("question about a product")
    PARTNERSHIP_INQUIRY = "partnership_inquiry", _("question about a partnership")


SALES_CATEGORIES = (
    TicketCategory.NEW_LEAD,
    TicketCategory.QUOTE_REQUEST,
    TicketCategory.PRODUCT_INQUIRY,
    TicketCategory.PARTNERSHIP_INQUIRY,
)
GENERAL_CATEGORIES = tuple(category for category in TicketCategory if category not in SALES_CATEGORIES)


class TicketStatus(TextChoices):
    """Staff see the labels of the status policies, which they may change."""

    NEW = "new", pgettext_lazy("a ticket", "New")
    OPEN = "open", pgettext_lazy("a ticket", "Open")
    PENDING = "pending", _("Waiting for the customer")
    RESOLVED = "resolved", pgettext_lazy("a ticket", "Resolved")
    CLOSED = "closed", pgettext_lazy("a ticket", "Closed")
    CANCELLED = "cancelled", pgettext_lazy("a ticket", "Cancelled")


UNFINISHED = (TicketStatus.NEW, TicketStatus.OPEN, TicketStatus.PENDING)
OURS_TO_ANSWER = (TicketStatus.NEW, TicketStatus.OPEN)
SETTLED = (TicketStatus.RESOLVED, TicketStatus.CLOSED)
CLOSES_AFTER = timedelta(days=7)  # resolved, and nobody came back to it
REOPENS_WITHIN = timedelta(days=14)  # closed; whoever writes later gets a new ticket that refers to the old one


class TicketPriority(TextChoices):
    LOW = "low", _("Low")
    NORMAL = "normal", _("Normal")
    HIGH = "high", _("High")
    URGENT = "urgent", _("Urgent")


class AssignedDepartment(TextChoices):
    SUPPORT = "support", _("customer service")
    SALES = "sales", _("sales")
    TECHNICAL = "technical", _("technical support")
    BILLING = "billing", _("billing")
    MANAGEMENT = "management", _("management")


# A sales ticket goes to sales, whatever it is about; of the others these categories do not go to customer service.
DEPARTMENTS: dict[str, AssignedDepartment] = {
    TicketCategory.TECHNICAL: AssignedDepartment.TECHNICAL,
    TicketCategory.INSTALLATION_ISSUE: AssignedDepartment.TECHNICAL,
    TicketCategory.BILLING: AssignedDepartment.BILLING,
}


def department_for(ticket_type: str, category: str) -> AssignedDepartment:
    """Who deals with a new ticket."""
    if ticket_type == TicketType.SALES:
        return AssignedDepartment.SALES
    return DEPARTMENTS.get(category, AssignedDepartment.SUPPORT)


class SalesStage(TextChoices):
    LEAD = "lead", _("lead")
    QUALIFIED = "qualified", _("qualified")
    PROPOSAL = "proposal", _("proposal")
    NEGOTIATION = "negotiation", _("negotiation")
    WON = "won", _("won")
    LOST = "lost", _("lost")


class TicketSource(TextChoices):
    """The way by which a ticket came in."""

    STAFF = "staff", _("back office")
    API = "api", "API"
    FORM = "form", _("form on the website")
    EMAIL = "email", _("e-mail")
    WHATSAPP = "whatsapp", "WhatsApp"
    SMS = "sms", _("text message (SMS)")


class TicketEscalation(TextChoices):
    """How high a ticket was taken by hand."""

    NONE = "none", pgettext_lazy("an escalation", "none")
    TEAM_LEADER = "team_leader", _("team leader")
    MANAGER = "manager", _("manager")
    DIRECTOR = "director", _("director")


class CommentType(TextChoices):
    """`customer` is said between the customer and us, by whichever of the two; `resolution` tells what solved it."""

    CUSTOMER = "customer", _("conversation")
    INTERNAL = "internal", _("internal note")
    SYSTEM = "system", _("system")
    RESOLUTION = "resolution", _("solution")


# What is said to the customer's face; a system's line is for colleagues.
TO_THE_CUSTOMER = (CommentType.CUSTOMER, CommentType.RESOLUTION)


class PromiseKind(TextChoices):
    FIRST_RESPONSE = "first_response", _("first answer")
    RESOLUTION = "resolution", _("solution")


class InboundState(TextChoices):
    """What became of a message that came in."""

    RECEIVED = "received", pgettext_lazy("a message that came in", "received")
    TAKEN_UP = "taken_up", pgettext_lazy("a message that came in", "taken up")
    LEFT = "left", pgettext_lazy("a message that came in", "left alone")
    UNREADABLE = "unreadable", pgettext_lazy("a message that came in", "unreadable")


class ThreadingDecision(TextChoices):
    """Why a message stands where it stands."""

    MESSAGE_ID = "message_id", _("it answers a message of ours")
    NUMBER = "number", _("its number, from somebody of that ticket")
    NEW = "new", _("nothing tied it to a ticket: a new one")
    FOLLOW_UP = "follow_up", _("its ticket was closed long ago: a new one that refers to it")
    AUTOMATIC = "automatic", _("an automatic answer: nobody wrote it")
