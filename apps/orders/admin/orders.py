from typing import Any

from django.contrib import admin
from django.db.models import QuerySet, prefetch_related_objects
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Scope
from apps.core.admin import ActionButton, BaseAdmin
from apps.core.once import one_page
from apps.core.scope import visible
from apps.orders.admin.acts import change_address, edit_order
from apps.orders.admin.conflicts import EditedAtOnce
from apps.orders.admin.listing import OrderList
from apps.orders.admin.notes import NOTE_BUTTON, note_context
from apps.orders.admin.page import page_context
from apps.orders.admin.placing import NewOrderPage
from apps.orders.admin.removal import RemovedOrders
from apps.orders.admin.steps import request_buttons, step_buttons
from apps.orders.admin.writing import LinesPage
from apps.orders.forms import AddressForm, DuplicateForm, EditForm, ReasonForm
from apps.orders.models import Order, lines_in_order
from apps.orders.services import duplicate_order, remove_order


def is_open(order: Order) -> bool:
    return not order.is_final


EDIT_BUTTONS = (
    ActionButton(
        edit_order,
        _("Edit"),
        form=EditForm,
        answer=_("Save"),
        name="edit",
        initial=lambda order: {name: getattr(order, name) for name in EditForm.base_fields},
        offered=is_open,
        icon="edit",
    ),
    ActionButton(
        change_address,
        _("Change address"),
        form=AddressForm,
        answer=_("Save"),
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
        duplicate_order,
        _("Duplicate"),
        form=DuplicateForm,
        confirm=_("A new order for the same customer, with its own number, from its first status on. What goes along?"),
        name="duplicate",
        permission=Scope.SALES_ORDERS,
        leads_to=lambda copy: copy,
        done=lambda copy: _("This is the copy: %(number)s.") % {"number": copy.order_number},
        icon="content_copy",
    ),
    ActionButton(
        remove_order,
        _("Remove"),
        form=ReasonForm,
        name="remove",
        permission=Scope.ADMIN_SETTINGS,
        done=_("The order is no longer in any list; it stands among the removed orders."),
        icon="delete",
    ),
)


@admin.register(Order)
class OrderAdmin(OrderList, NewOrderPage, LinesPage, RemovedOrders, EditedAtOnce, BaseAdmin):
    """The orders that somebody may see; where one stands is moved by its buttons, never by a field."""

    class Media:
        css = {"all": ["orders/orders.css"]}
        js = ["orders/orders.js", "orders/new_order.js"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return visible(Order.objects.kept(), request.user).for_page()

    def get_urls(self) -> list[URLPattern]:
        lines = self.admin_site.admin_view(self.lines_view)
        return [path("<path:object_id>/lines/", lines, name="orders_order_lines"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The order as it stands. It is changed by what its buttons ask, so the page itself has no form."""
        order: Order = self._record(request, object_id)
        # Both are asked for by many arrows; read before, they cost one query each.
        prefetch_related_objects([request.user], "groups")
        prefetch_related_objects([order], lines_in_order())
        with one_page():
            buttons = self.permitted_buttons(request, order)
            context = {
                **self.admin_site.each_context(request),
                **page_context(order, request.GET, request.user),
                "title": order.order_number,
                "opts": self.opts,
                "original": order,
                "media": self.media,
                "may_edit_lines": is_open(order) and self.has_change_permission(request, order),
                "record_buttons": [
                    {"button": button, "url": self.button_url(order, button)} for button in buttons if button is not NOTE_BUTTON
                ],
                "note": note_context(self, order, buttons),
            }
        return TemplateResponse(request, "admin/orders/order.html", context)

    def get_buttons(self, request: HttpRequest, record: Order) -> list[ActionButton]:
        return [*step_buttons(record, request.user), *request_buttons(request.user), *EDIT_BUTTONS, NOTE_BUTTON]

    def _back_to(self, record: Order) -> HttpResponseRedirect:
        """To the order's page, or to the list when the order was just taken out of it."""
        if Order.objects.kept().filter(pk=record.pk).exists():
            return super()._back_to(record)
        return HttpResponseRedirect(reverse("admin:orders_order_changelist"))
