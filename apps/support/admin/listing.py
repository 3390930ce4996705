"""The list of tickets as an agent's queue: what is mine, nobody's, ours to answer, waiting, late."""

from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.db.models import F
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import DropdownFilter, MultipleChoicesDropdownFilter, MultipleRelatedDropdownFilter
from unfold.decorators import display

from apps.core import clock
from apps.core.admin import LocalDaysFilter, Preset, entity_chip, how_long, status_chip, tone_chip
from apps.support.choices import OURS_TO_ANSWER, TicketPriority, TicketStatus
from apps.support.models import Ticket, TicketQuerySet
from apps.support.models.machine import WORKFLOW_OF_INQUIRIES
from apps.workflow.queries import policy_book

PRIORITY_TONES = {TicketPriority.HIGH: "warning", TicketPriority.URGENT: "danger"}
SOON_SECONDS = 6 * 3600


class QueueFilter(DropdownFilter):
    """The looks that an agent takes at the tickets in a day."""

    title = _("queue")
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("mine", _("Mine")),
            ("nobody", _("Nobody's")),
            ("ours", _("To answer")),
            ("waiting", _("Waiting for the customer")),
            ("late", _("Overdue")),
            ("open", _("Unfinished")),
        ]

    def queryset(self, request: HttpRequest, queryset: TicketQuerySet) -> TicketQuerySet:
        unfinished = queryset.unfinished()
        looks = {
            "mine": unfinished.of_user(request.user),
            "nobody": unfinished.filter(assigned_to=None),
            "ours": queryset.filter(status__in=OURS_TO_ANSWER),
            "waiting": queryset.filter(status=TicketStatus.PENDING),
            "late": unfinished.overdue(at=clock.now()),
            "open": unfinished,
        }
        return looks.get(str(self.value()), queryset)


class TicketList(ModelAdmin):
    """What the changelist of tickets shows."""

    list_display = ["ticket", "customer", "standing", "due", "pressing", "whose", "entity", "heard"]
    list_display_links = ["ticket"]
    empty_list = _(
        "There are no tickets here. Customers ask by the form on the website and by mail; a call is written down here."
    )
    list_filter = [
        QueueFilter,
        ("status", MultipleChoicesDropdownFilter),
        ("ticket_type", MultipleChoicesDropdownFilter),
        ("category", MultipleChoicesDropdownFilter),
        ("priority", MultipleChoicesDropdownFilter),
        ("assigned_department", MultipleChoicesDropdownFilter),
        ("assigned_to", MultipleRelatedDropdownFilter),
        ("business_entity", MultipleRelatedDropdownFilter),
        ("created_at", LocalDaysFilter),
    ]
    presets = [
        Preset(label=_("Mine"), query={"queue": "mine"}),
        Preset(label=_("Nobody's"), query={"queue": "nobody"}),
        Preset(label=_("To answer"), query={"queue": "ours"}),
        Preset(label=_("Waiting"), query={"queue": "waiting"}),
        Preset(label=_("Overdue"), query={"queue": "late"}),
    ]
    search_fields = ["ticket_number"]
    search_help_text = _("Number, subject, customer or e-mail address")
    continues_by = "created_at"

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        """A queue shows first what is due first; all tickets together stand as they came in, the newest first."""
        if request.GET.get("queue"):
            return [F("due_at").asc(nulls_last=True), "created_at", "id"]
        return ["-created_at", "-id"]

    def get_search_results(self, request: HttpRequest, queryset: TicketQuerySet, search_term: str) -> tuple[TicketQuerySet, bool]:
        return queryset.having(search_term), False

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """The list, its rows each with the policy of their status: two queries for all of them."""
        changelist = super().get_changelist_instance(request)
        books = {workflow: policy_book(Ticket.entity_type, workflow) for workflow in ("default", WORKFLOW_OF_INQUIRIES)}
        for ticket in changelist.result_list:
            ticket.policy = books[ticket.workflow_name()].find(ticket.status, ticket.business_entity_id)
        return changelist

    @display(description=_("ticket"), ordering="ticket_number", header=True)
    def ticket(self, ticket: Ticket) -> tuple[str, str]:
        return ticket.subject, f"{ticket.ticket_number} · {ticket.get_category_display()}"

    @display(description=_("customer"), ordering="customer_organization__name", header=True)
    def customer(self, ticket: Ticket) -> tuple[str, str]:
        return ticket.customer_organization.name, ticket.order.order_number if ticket.order else ""

    @display(description=_("status"), ordering="status")
    def standing(self, ticket: Ticket) -> SafeString:
        policy = ticket.policy
        return status_chip(policy.label if policy else ticket.get_status_display(), policy.colour if policy else "")

    @display(description=_("due"), ordering="due_at")
    def due(self, ticket: Ticket) -> SafeString | str:
        return due_chip(ticket)

    @display(description=_("priority"), ordering="priority")
    def pressing(self, ticket: Ticket) -> SafeString:
        return tone_chip(ticket.get_priority_display(), PRIORITY_TONES.get(TicketPriority(ticket.priority), "neutral"))

    @display(description=_("assigned to"), ordering="assigned_to__first_name", header=True)
    def whose(self, ticket: Ticket) -> tuple[str, str]:
        return str(ticket.assigned_to or "–"), ticket.get_assigned_department_display()

    @display(description=_("business entity"), ordering="business_entity__entity_name")
    def entity(self, ticket: Ticket) -> SafeString:
        return entity_chip(ticket.business_entity)

    @display(description=_("last activity"), ordering="last_activity_at")
    def heard(self, ticket: Ticket) -> SafeString:
        return format_html(
            '<span class="cc-nowrap">{}</span>', now_("%(time)s ago") % {"time": how_long(ticket.last_activity_at)}
        )


def due_chip(ticket: Ticket) -> SafeString | str:
    """How long there is for what is promised next, or how late it is; in words, not by colour alone."""
    now = clock.now()
    if ticket.due_at is None:
        return tone_chip(now_("late, waits for the customer"), "danger") if ticket.is_flagged_overdue else "–"
    if ticket.due_at < now:
        return tone_chip(now_("%(time)s late") % {"time": timesince(ticket.due_at, now, depth=1)}, "danger")
    words = now_("in %(time)s") % {"time": timesince(now, ticket.due_at, depth=1)}
    return tone_chip(words, "warning" if (ticket.due_at - now).total_seconds() < SOON_SECONDS else "neutral")
