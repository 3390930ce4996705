from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _


class OrderType(models.TextChoices):
    INSTALLATION = "installation", _("Installation")
    SERVICE = "service", _("Service")
    MAINTENANCE = "maintenance", _("Maintenance")
    UPGRADE = "upgrade", _("Upgrade")
    REMOVAL = "removal", _("Removal")
    RELOCATION = "relocation", _("Relocation")
    CONSULTATION = "consultation", _("Consultation")
    TRANSFORMER_REPLACEMENT = "transformer_replacement", _("Transformer replacement")
    PLATFORM_MIGRATION = "platform_migration", _("Platform migration")
    WEBSHOP = "webshop", _("Webshop")
    ACCESSORIES = "accessories", _("Accessories")


class OrderWorkflow(models.TextChoices):
    INSTALLATION = "installation", _("Installation")
    WHOLESALE = "wholesale", _("Wholesale")


class OrderStatus(models.TextChoices):
    """Every status of both workflows; staff see the labels of the status policies, which they may change."""

    NEW_LEAD = "new_lead", _("New lead")
    INTAKE_SENT = "intake_sent", _("Intake sent")
    INTAKE_COMPLETED = "intake_completed", _("Intake completed")
    QUOTE_DRAFT = "quote_draft", _("Quote draft")
    QUOTE_READY = "quote_ready", _("Quote ready")
    QUOTE_SENT = "quote_sent", _("Quote sent")
    CUSTOMER_APPROVED = "customer_approved", _("Customer approved")
    PARTNER_APPROVED = "partner_approved", _("Partner approved")
    BOTH_APPROVED = "both_approved", _("Fully approved")
    PLANNING = "planning", _("In planning")
    SCHEDULED = "scheduled", _("Scheduled")
    IN_PROGRESS = "in_progress", _("In progress")

    NEW = "new", _("New")
    PENDING_APPROVAL = "pending_approval", _("Waiting for approval")
    APPROVED = "approved", _("Approved")
    IN_PRODUCTION = "in_production", _("Picking")
    READY_FOR_DELIVERY = "ready_for_delivery", _("Ready for delivery")
    DELIVERED = "delivered", _("Delivered")
    REJECTED = "rejected", _("Rejected")

    ON_HOLD = "on_hold", _("On hold")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")


# The way through each workflow, in the order in which an order usually goes it.
PATHS: dict[str, tuple[OrderStatus, ...]] = {
    OrderWorkflow.INSTALLATION: (
        OrderStatus.NEW_LEAD,
        OrderStatus.INTAKE_SENT,
        OrderStatus.INTAKE_COMPLETED,
        OrderStatus.QUOTE_DRAFT,
        OrderStatus.QUOTE_READY,
        OrderStatus.QUOTE_SENT,
        OrderStatus.CUSTOMER_APPROVED,
        OrderStatus.PARTNER_APPROVED,
        OrderStatus.BOTH_APPROVED,
        OrderStatus.PLANNING,
        OrderStatus.SCHEDULED,
        OrderStatus.IN_PROGRESS,
        OrderStatus.COMPLETED,
    ),
    OrderWorkflow.WHOLESALE: (
        OrderStatus.NEW,
        OrderStatus.PENDING_APPROVAL,
        OrderStatus.APPROVED,
        OrderStatus.IN_PRODUCTION,
        OrderStatus.READY_FOR_DELIVERY,
        OrderStatus.DELIVERED,
        OrderStatus.COMPLETED,
    ),
}
INITIAL_STATUS: dict[str, OrderStatus] = {workflow: path[0] for workflow, path in PATHS.items()}
FINAL_STATUSES = (OrderStatus.COMPLETED, OrderStatus.CANCELLED, OrderStatus.REJECTED)
OPEN_STATUSES = tuple(sorted(status for status in OrderStatus if status not in FINAL_STATUSES))
STATUSES: dict[str, tuple[OrderStatus, ...]] = {
    OrderWorkflow.INSTALLATION: (*PATHS[OrderWorkflow.INSTALLATION], OrderStatus.ON_HOLD, OrderStatus.CANCELLED),
    OrderWorkflow.WHOLESALE: (
        *PATHS[OrderWorkflow.WHOLESALE],
        OrderStatus.REJECTED,
        OrderStatus.ON_HOLD,
        OrderStatus.CANCELLED,
    ),
}
# What can be suspended: under way, not held already.
ACTIVE_STATUSES: dict[str, tuple[OrderStatus, ...]] = {
    workflow: tuple(status for status in path if status not in FINAL_STATUSES) for workflow, path in PATHS.items()
}
# From here on it is known where we install.
LOCATED_STATUSES = PATHS[OrderWorkflow.INSTALLATION][2:-1]
# Goods and accessories are sent, not installed, whichever company sells them.
WHOLESALE_TYPES = (OrderType.WEBSHOP, OrderType.ACCESSORIES)


class Priority(models.TextChoices):
    LOW = "low", _("Low")
    NORMAL = "normal", _("Normal")
    HIGH = "high", _("High")
    URGENT = "urgent", _("Urgent")


class OrderSource(models.TextChoices):
    API = "api", _("API")
    BACK_OFFICE = "back_office", _("Back office")
    PARTNER = "partner", _("Partner")


class BillingTarget(models.TextChoices):
    CUSTOMER = "customer", _("Customer")
    ROOT = "root", _("Root organization")
    DEALER = "dealer", _("Dealer")
    SPLIT = "split", _("Split")


class BillingStatus(models.TextChoices):
    NOT_INVOICED = "not_invoiced", _("Not invoiced")
    PARTIALLY_INVOICED = "partially_invoiced", _("Partially invoiced")
    INVOICED = "invoiced", _("Invoiced")
    CREDITED = "credited", _("Credited")


# Something of the order may still be invoiced.
TO_INVOICE = (BillingStatus.NOT_INVOICED, BillingStatus.PARTIALLY_INVOICED)


class FinancialStatus(models.TextChoices):
    UNPAID = "unpaid", _("Unpaid")
    PARTIALLY_PAID = "partially_paid", _("Partially paid")
    PAID = "paid", _("Paid")
    OVERDUE = "overdue", _("Overdue")
    REFUNDED = "refunded", _("Refunded")


class LineItemType(models.TextChoices):
    PRODUCT = "product", _("Product")
    SERVICE = "service", _("Service")
    DISCOUNT = "discount", _("Discount")
    SHIPPING = "shipping", _("Shipping")


class BillingResponsibility(models.TextChoices):
    CUSTOMER = "customer", _("Customer")
    PARTNER = "partner", _("Partner")
    SHARED = "shared", _("Shared")


class Relationship(models.TextChoices):
    DEALER = "dealer", _("Dealer")
    PARTNER = "partner", _("Partner")
    CONGLOMERATE = "conglomerate", _("Conglomerate")
    SUBCONTRACTOR = "subcontractor", _("Subcontractor")


class VisibilityScope(models.TextChoices):
    FULL = "full", _("Everything")
    LIMITED = "limited", _("Limited")
    FINANCIAL_ONLY = "financial_only", _("Amounts only")


class ContactRole(models.TextChoices):
    ACCOUNT = "account", _("Account")
    END_CUSTOMER = "end_customer", _("End customer")
    INTERMEDIARY = "intermediary", _("Intermediary")
    SALES_AGENT = "sales_agent", _("Sales agent")
    INSTALLER = "installer", _("Installer")
    TECHNICAL_CONTACT = "technical_contact", _("Technical contact")
    PROJECT_MANAGER = "project_manager", _("Project manager")


class HoldReason(models.TextChoices):
    CUSTOMER_DELAY = "customer_delay", _("Customer delay")
    SUPPLIER_DELAY = "supplier_delay", _("Supplier delay")
    TECHNICAL_ISSUE = "technical_issue", _("Technical issue")
    PERMITS_PENDING = "permits_pending", _("Permits pending")
    WEATHER_DELAY = "weather_delay", _("Weather delay")
    RESOURCE_UNAVAILABLE = "resource_unavailable", _("Resource unavailable")
    PAYMENT_PENDING = "payment_pending", _("Payment pending")
    OTHER = "other", _("Other")


class CancellationCode(models.TextChoices):
    """Why an order will not happen, coarse enough to count; the explanation stands beside it."""

    CUSTOMER_WITHDREW = "customer_withdrew", _("The customer withdrew")
    TOO_EXPENSIVE = "too_expensive", _("Too expensive")
    NOT_FEASIBLE = "not_feasible", _("Not feasible")
    NO_RESPONSE = "no_response", _("No response")
    DUPLICATE = "duplicate", _("Duplicate")
    PARTNER_WITHDREW = "partner_withdrew", _("The partner withdrew")
    OTHER = "other", _("Other")


class EscalationLevel(models.TextChoices):
    NONE = "none", _("None")
    MANAGER = "manager", _("Manager")
    DIRECTOR = "director", _("Director")
    URGENT = "urgent", _("Urgent")


# How long a hold may last before a manager hears of it.
ESCALATES_AFTER: dict[str, timedelta] = {
    HoldReason.CUSTOMER_DELAY: timedelta(days=14),
    HoldReason.SUPPLIER_DELAY: timedelta(days=7),
    HoldReason.TECHNICAL_ISSUE: timedelta(days=3),
    HoldReason.PERMITS_PENDING: timedelta(days=14),
    HoldReason.WEATHER_DELAY: timedelta(days=3),
    HoldReason.RESOURCE_UNAVAILABLE: timedelta(days=5),
    HoldReason.PAYMENT_PENDING: timedelta(days=7),
    HoldReason.OTHER: timedelta(days=7),
}
FOLLOW_UP_AFTER = timedelta(days=7)
ESCALATES_AGAIN_AFTER = timedelta(days=3)
