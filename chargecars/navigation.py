"""The admin's sidebar: every page in the group where people look for it, shown to those who may open it."""

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from apps.reporting.readers import MONEY_READERS, READERS, REPORT_READERS


@dataclass(frozen=True)
class Page:
    """A model's list (its label) or a page of our own (an address name, with the permission it needs, or one of some scopes)."""

    target: str
    icon: str
    title: str | Promise = ""
    permission: str = ""
    scopes: tuple[str, ...] = ()


SECTIONS: list[tuple[str | Promise, list[Page]]] = [
    (
        "",
        [
            Page("admin:index", "home", _("Home")),
            Page("search-everything", "search", _("Search")),
            Page("dashboard", "monitoring", _("Dashboard"), scopes=READERS),
            Page("orders-report", "summarize", _("Report of orders"), scopes=REPORT_READERS),
            Page("financial-report", "account_balance_wallet", _("Financial report"), scopes=MONEY_READERS),
            Page("workflow.InternalTask", "task_alt"),
            Page("communication-notifications", "notifications", _("Notifications")),
            Page("support.Ticket", "support_agent"),
        ],
    ),
    (
        _("Orders"),
        [
            Page("orders.Order", "bolt"),
            Page("orders.OrderHold", "pause_circle"),
            Page("orders-holds-summary", "donut_small", _("Holds at a glance"), "orders.view_orderhold"),
            Page("orders.OrderNote", "edit_note"),
            Page("admin:orders_order_removed", "delete", _("Removed orders"), "accounts.scope_admin_settings"),
            Page("catalog.Article", "ev_station"),
        ],
    ),
    (
        _("Finance"),
        [
            Page("finance.Invoice", "receipt_long"),
            Page("finance.UninvoicedOrder", "production_quantity_limits"),
            Page("admin:invoice_numbers", "format_list_numbered", _("Numbers of invoices"), "finance.view_invoice"),
            Page("finance.Payment", "payments"),
            Page("finance.OnlinePayment", "shopping_cart_checkout"),
            Page("finance.ProviderSettlement", "savings"),
            Page("organizations.ApprovalRequest", "how_to_reg"),
            Page("finance.Refund", "undo"),
            Page("finance.WriteOff", "money_off"),
            Page("finance.BankTransaction", "account_balance"),
            Page("finance.BankFile", "upload_file"),
            Page("finance.FinancialSummary", "bar_chart"),
            Page("finance.PartnerCommission", "percent"),
            Page("finance.PaymentBatch", "send_money"),
            Page("finance.CommissionRule", "contract"),
            Page("finance.Debtor", "hourglass_bottom"),
            Page("finance.CollectionLetter", "forward_to_inbox"),
            Page("finance.CollectionPause", "snooze"),
            Page("finance.AccountingConnection", "cable"),
            Page("finance.AccountingExport", "sync_alt", _("Sent to accounting")),
            Page("finance.JournalEntry", "menu_book"),
            Page("admin:books_file", "file_export", _("The books as a file"), "accounts.scope_finance_export"),
            Page("finance.LedgerAccount", "account_tree"),
            Page("finance.PeriodLock", "lock_clock"),
            Page("finance.StatutoryInterestRate", "percent"),
            Page("finance.MollieConnection", "credit_card"),
        ],
    ),
    (
        _("Partners"),
        [
            Page("partners.PartnerIntegration", "hub"),
            Page("partners.PartnerOrderReference", "link"),
            Page("partners.PartnerDelivery", "outbox"),
            Page("partners.PartnerSku", "swap_horiz"),
            Page("gateway.ApiUsageLog", "monitoring"),
            Page("gateway.RawInbound", "report"),
            Page("gateway.InboundHook", "webhook"),
        ],
    ),
    (
        _("Support"),
        [
            Page("support.TicketComment", "comment"),
            Page("support.Macro", "quickreply"),
            Page("support.SupportPolicy", "handshake"),
            Page("support.InboundMessage", "move_to_inbox"),
            Page("support.InboundSource", "input"),
        ],
    ),
    (
        _("Communication"),
        [
            Page("communication.CommunicationThread", "forum"),
            Page("communication.CommunicationMessage", "mail"),
            Page("communication.CommunicationTemplate", "article"),
            Page(
                "communication-template-gaps",
                "rule",
                _("Statuses without a message"),
                "communication.view_communicationtemplate",
            ),
            Page("communication.CommunicationChannel", "alternate_email"),
            Page("communication.StaffMail", "drafts"),
            Page("my-reports", "bar_chart_4_bars", _("Figures by mail"), scopes=READERS),
            Page("reporting.ReportSubscription", "contact_mail", _("Who gets figures by mail")),
            Page("reporting.ReportMail", "mark_email_read"),
            Page("communication.Recipient", "contact_mail"),
            Page("communication.UndeliverableAddress", "unsubscribe"),
            Page("communication.MessageBirdConnection", "sms"),
            Page("communication-mailbox", "inbox", _("Mailbox"), "communication.view_communicationmessage"),
        ],
    ),
    (
        _("Relations"),
        [
            Page("organizations.Organization", "domain"),
            Page("organizations.Contact", "person"),
            Page("organizations.Address", "home_pin"),
            Page("files.Attachment", "attach_file"),
        ],
    ),
    (
        _("Workflow"),
        [
            Page("workflow.StatusPolicy", "tune"),
            Page("workflow.BusinessCalendar", "calendar_month"),
            Page("workflow.Supervision", "supervisor_account"),
            Page("workflow.StatusTransition", "timeline"),
            Page("workflow.EntityCurrentStatus", "schedule"),
        ],
    ),
    (
        _("Organization"),
        [
            Page("organizations.BusinessEntity", "apartment"),
            Page("organizations.NumberSequence", "pin"),
            Page("organizations.BankAccount", "account_balance"),
            Page("organizations.Membership", "badge"),
            Page("accounts.User", "group"),
            Page("auth.Group", "shield_person"),
            Page("accounts.ApiKey", "key"),
        ],
    ),
    (
        _("Platform"),
        [
            Page("events.EventDelivery", "send_and_archive"),
            Page("events.OutboxEvent", "bolt"),
            Page("django_celery_beat.PeriodicTask", "alarm", _("Schedule")),
            Page("events.JobRun", "history_toggle_off"),
            Page("events.ScheduledRun", "event_repeat"),
            Page("events.SendingHold", "front_hand"),
            Page("audit.AuditLog", "policy"),
            Page("axes.AccessAttempt", "lock", _("Failed logins")),
        ],
    ),
]
ALWAYS_OPEN = 2  # the first groups are the day's work; the others fold


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups with at least one page for this person."""
    groups = []
    for position, (title, pages) in enumerate(SECTIONS):
        items = [item for page in pages if (item := _item(page, request)) is not None]
        if items:
            groups.append({"title": title, "items": items, "collapsible": position >= ALWAYS_OPEN, "separator": position == 1})
    _mark_where_one_is([item for group in groups for item in group["items"]], request.path)
    return groups


def _mark_where_one_is(items: list[dict[str, Any]], path: str) -> None:
    """One item: the page itself, or the list that it stands under; never the list around that list."""
    under = [str(item["link"]) for item in items if path.startswith(str(item["link"]))]
    here = max(under, key=len, default="")
    for item in items:
        item["active"] = str(item["link"]) == here and (here != reverse("admin:index") or path == here)


def _item(page: Page, request: HttpRequest) -> dict[str, Any] | None:
    if "." not in page.target:
        return _own_page(page, request)
    try:
        model = apps.get_model(page.target)
    except LookupError:
        return None
    pages = admin.site._registry.get(model)
    if pages is None or not pages.has_view_or_change_permission(request):
        return None
    meta = model._meta
    link = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
    return {"title": page.title or capfirst(meta.verbose_name_plural), "icon": page.icon, "link": link}


def _own_page(page: Page, request: HttpRequest) -> dict[str, Any] | None:
    if page.permission and not request.user.has_perm(page.permission):
        return None
    if page.scopes and not request.user.has_scope(*page.scopes):
        return None
    try:
        return {"title": page.title, "icon": page.icon, "link": reverse(page.target)}
    except NoReverseMatch:
        return None
