from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    MultipleChoicesDropdownFilter,
    RangeDateFilter,
    RelatedDropdownFilter,
)
from unfold.decorators import display

from apps.core import clock
from apps.core.admin import ActionButton, BaseAdmin, LocalDaysFilter, entity_chip, euro, status_chip, tone_chip
from apps.core.scope import visible
from apps.orders.admin.acts import change_address, edit_order
from apps.orders.admin.filters import OverdueFilter, WhoseFilter
from apps.orders.admin.page import PRIORITY_TONES, page_context
from apps.orders.admin.steps import step_buttons
from apps.orders.admin.writing import LinesPage, NewOrderPage
from apps.orders.choices import OrderWorkflow, Priority
from apps.orders.forms import AddressForm, EditForm, ReasonForm
from apps.orders.models import Order
from apps.orders.services import remove_order
from apps.workflow.queries import policy_book


def is_open(order: Order) -> bool:
    return not order.is_final


EDIT_BUTTONS = (
    ActionButton(
        edit_order,
        _("Edit"),
        form=EditForm,
        name="edit",
        initial=lambda order: {name: getattr(order, name) for name in EditForm.base_fields},
        offered=is_open,
        icon="edit",
    ),
    ActionButton(
        change_address,
        _("Change address"),
        form=AddressForm,
        name="address",
        initial=lambda order: {
            "version": order.version,
            **(
                {name: getattr(order.installation_address, name) for name in AddressForm.base_fields if name != "version"}
                if order.installation_address
                else {}
            ),
        },
        offered=is_open,
        icon="home_pin",
    ),
    ActionButton(
        remove_order,
        _("Remove"),
        form=ReasonForm,
        name="remove",
        permission="admin.settings",
        done=_("The order is no longer in any list."),
        icon="delete",
    ),
)


@admin.register(Order)
class OrderAdmin(NewOrderPage, LinesPage, BaseAdmin):
    """The orders that somebody may see; where one stands is moved by its buttons, never by a field."""

    list_display = ["number", "customer", "partner", "kind", "standing", "amount", "entity", "made"]
    list_display_links = ["number"]
    list_filter = [
        WhoseFilter,
        OverdueFilter,
        ("status", MultipleChoicesDropdownFilter),
        ("workflow", ChoicesDropdownFilter),
        ("business_entity", RelatedDropdownFilter),
        ("order_type", MultipleChoicesDropdownFilter),
        ("priority_level", MultipleChoicesDropdownFilter),
        ("partner_organization", admin.RelatedOnlyFieldListFilter),
        ("created_at", LocalDaysFilter),
        ("requested_date", RangeDateFilter),
        ("planned_start_date", RangeDateFilter),
        "is_test",
    ]
    search_fields = [
        "order_number",
        "partner_reference",
        "customer_organization__name",
        "primary_contact__email",
        "primary_contact__last_name",
        "partner_organization__name",
        "installation_address__postal_code",
        "installation_address__city",
        "notes",
    ]
    search_help_text = _("Number, customer, e-mail address, partner, postcode, city or words of the notes")
    ordering = ["-created_at", "-id"]

    class Media:
        css = {"all": ["orders/orders.css"]}
        js = ["orders/orders.js"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return visible(Order.objects.kept(), request.user).for_page()

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """The list, its rows each with the policy of their status: two queries for all of them."""
        changelist = super().get_changelist_instance(request)
        books = {workflow: policy_book(Order.entity_type, workflow) for workflow in OrderWorkflow}
        for order in changelist.result_list:
            order.policy = books[order.workflow].find(order.status, order.business_entity_id)
        return changelist

    def get_urls(self) -> list[URLPattern]:
        lines = self.admin_site.admin_view(self.lines_view)
        return [path("<path:object_id>/lines/", lines, name="orders_order_lines"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The order as it stands. It is changed by what its buttons ask, so the page itself has no form."""
        order: Order = self._record(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            **page_context(order, request.GET.get("kind", "")),
            "title": order.order_number,
            "opts": self.opts,
            "original": order,
            "media": self.media,
            "may_edit_lines": is_open(order) and self.has_change_permission(request, order),
            "record_buttons": [
                {"button": button, "url": self.button_url(order, button)} for button in self.permitted_buttons(request, order)
            ],
        }
        return TemplateResponse(request, "admin/orders/order.html", context)

    def get_buttons(self, request: HttpRequest, record: Order) -> list[ActionButton]:
        return [*step_buttons(record, request.user), *EDIT_BUTTONS]

    def _back_to(self, record: Order) -> HttpResponseRedirect:
        """To the order's page, or to the list when the order was just taken out of it."""
        if Order.objects.kept().filter(pk=record.pk).exists():
            return super()._back_to(record)
        return HttpResponseRedirect(reverse("admin:orders_order_changelist"))

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

    @display(description=_("type"), ordering="order_type")
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
        return entity_chip(order.business_entity)

    @display(description=_("date"), ordering="created_at")
    def made(self, order: Order) -> str:
        return date_format(clock.local(order.created_at), "SHORT_DATE_FORMAT")
