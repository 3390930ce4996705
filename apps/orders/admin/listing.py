"""The list of orders: its columns, its filters, the looks at it that many want."""

from datetime import date
from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.db.models import Case, IntegerField, Value, When
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    BooleanRadioFilter,
    ChoicesDropdownFilter,
    MultipleChoicesDropdownFilter,
    MultipleRelatedDropdownFilter,
    RangeDateFilter,
)
from unfold.decorators import display

from apps.accounts.choices import Scope
from apps.core import clock
from apps.core.admin import BulkPage, ExportPage, LocalDaysFilter, Preset, entity_chip, euro, status_chip, tone_chip
from apps.orders.admin.bulk import BULK_ACTS
from apps.orders.admin.columns import COLUMNS
from apps.orders.admin.filters import AmountFilter, OverdueFilter, OwnerFilter, PartnerFilter, PlannedFilter, WhoseFilter
from apps.orders.admin.page import PRIORITY_TONES
from apps.orders.choices import OrderWorkflow, Priority
from apps.orders.models import Order, OrderQuerySet
from apps.workflow.queries import policy_book

PRIORITY_RANK = Case(
    *(When(priority_level=level, then=Value(rank)) for rank, level in enumerate(Priority.values)), output_field=IntegerField()
)


class OrderList(BulkPage, ExportPage):
    """What the changelist of orders shows."""

    list_display = ["number", "customer", "partner", "kind", "standing", "amount", "entity", "made"]
    list_display_links = ["number"]
    empty_list = _("There are no orders yet. Partners send them in; one that comes in by phone is written down here.")
    list_filter = [
        WhoseFilter,
        OverdueFilter,
        PlannedFilter,
        ("status", MultipleChoicesDropdownFilter),
        ("workflow", ChoicesDropdownFilter),
        ("business_entity", MultipleRelatedDropdownFilter),
        ("order_type", MultipleChoicesDropdownFilter),
        ("priority_level", MultipleChoicesDropdownFilter),
        ("order_owner", OwnerFilter),
        ("cancellation_code", MultipleChoicesDropdownFilter),
        ("partner_organization", PartnerFilter),
        ("created_at", LocalDaysFilter),
        ("requested_date", RangeDateFilter),
        ("planned_start_date", RangeDateFilter),
        ("total_excl_vat", AmountFilter),
        ("is_test", BooleanRadioFilter),
    ]
    presets = [
        Preset(label=_("Mine"), query={"whose": "mine"}),
        Preset(label=_("Urgent"), query={"whose": "open", "priority_level__exact": Priority.URGENT.value}),
        Preset(label=_("This week"), query={"planned": "week"}),
        Preset(label=_("Nobody's"), query={"whose": "nobody"}),
        Preset(label=_("Overdue"), query={"overdue": "yes"}),
    ]
    # The look-up itself is `OrderQuerySet.having`, by what the help text says; without a field here there is no search box.
    search_fields = ["order_number"]
    search_help_text = _("Number, customer, e-mail address, partner, postcode, city or words of the notes")
    ordering = ["-created_at", "-id"]
    continues_by = "created_at"
    bulk_acts = BULK_ACTS
    export_columns = COLUMNS
    export_scopes = (Scope.SALES_REPORTS, Scope.OPERATIONS_REPORTS, Scope.FINANCE_EXPORT)
    personal_scope = Scope.SALES_CUSTOMERS

    def get_search_results(self, request: HttpRequest, queryset: OrderQuerySet, search_term: str) -> tuple[OrderQuerySet, bool]:
        return queryset.having(search_term), False

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """The list, its rows each with the policy of their status: two queries for all of them."""
        changelist = super().get_changelist_instance(request)
        books = {workflow: policy_book(Order.entity_type, workflow) for workflow in OrderWorkflow}
        for order in changelist.result_list:
            order.policy = books[order.workflow].find(order.status, order.business_entity_id)
        return changelist

    @display(description=_("order"), ordering="order_number")
    def number(self, order: Order) -> SafeString:
        return format_html('<span class="cc-nowrap">{}</span>', order.order_number)

    @display(description=_("customer"), ordering="customer_organization__name", header=True)
    def customer(self, order: Order) -> tuple[str, str]:
        place = order.installation_address
        return order.customer_organization.name, place.city if place else ""

    @display(description=_("partner"), ordering="partner_organization__name")
    def partner(self, order: Order) -> str:
        return order.partner_organization.name if order.partner_organization else "–"

    @display(description=_("type"), ordering=PRIORITY_RANK)
    def kind(self, order: Order) -> SafeString | str:
        tone = PRIORITY_TONES.get(Priority(order.priority_level))
        label = order.get_order_type_display()
        return tone_chip(f"{label} · {order.get_priority_level_display()}", tone) if tone else label

    @display(description=_("status"), ordering="status")
    def standing(self, order: Order) -> SafeString:
        policy = order.policy
        return status_chip(
            policy.label if policy else order.get_status_display(),
            policy.colour if policy else "",
            since=order.status_since,
            overdue=order.is_overdue,
        )

    @display(description=_("amount"), ordering="total_excl_vat")
    def amount(self, order: Order) -> str:
        return euro(order.display_total)

    @display(description=_("business entity"), ordering="business_entity__entity_name")
    def entity(self, order: Order) -> SafeString:
        return two_lines(entity_chip(order.business_entity), order.order_owner or "")

    @display(description=_("date"), ordering="created_at")
    def made(self, order: Order) -> SafeString:
        planned = _("planned %(day)s") % {"day": short(order.planned_start_date)} if order.planned_start_date else ""
        return two_lines(short(clock.local(order.created_at)), planned)


def short(day: date) -> str:
    return date_format(day, "SHORT_DATE_FORMAT")


def two_lines(first: Any, second: Any) -> SafeString:
    """What matters, and below it what is good to know, each on a line that does not break."""
    return format_html(
        '<span class="cc-nowrap">{}</span>{}',
        first,
        format_html('<br><span class="cc-nowrap cc-muted">{}</span>', second) if second else "",
    )
