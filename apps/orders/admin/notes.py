"""Notes: written on an order's page, found again in a list of their own."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.accounts.choices import Scope
from apps.core.admin import ActionButton, BaseAdmin, LocalDaysFilter, ReadOnlyAdmin, admin_link
from apps.orders.forms import OrderNoteForm
from apps.orders.models import Order, OrderNote
from apps.orders.services import add_note

SHOWN_IN_LIST = 120
# Whoever works on orders, in whatever part: to write something down is not to change the order.
WRITERS = (
    Scope.SALES_ORDERS,
    Scope.SALES_QUOTES,
    Scope.OPERATIONS_PLANNING,
    Scope.OPERATIONS_INVENTORY,
    Scope.SUPPORT_TICKETS,
    Scope.FINANCE_INVOICES,
    Scope.TECHNICAL_INSTALLATIONS,
)

NOTE_BUTTON = ActionButton(
    add_note,
    _("Add a note"),
    form=OrderNoteForm,
    name="note",
    permission=WRITERS,
    done=_("The note has been added."),
    icon="edit_note",
)


def note_context(pages: BaseAdmin, order: Order, buttons: Sequence[ActionButton]) -> dict[str, Any] | None:
    """The form above the timeline, for whoever may write."""
    if NOTE_BUTTON not in buttons:
        return None
    form = NOTE_BUTTON.build_form(data=None, record=order, by=None)
    form.fields["text"].widget.attrs["rows"] = 2
    return {"form": form, "url": pages.button_url(order, NOTE_BUTTON), "label": NOTE_BUTTON.label}


@admin.register(OrderNote)
class OrderNoteAdmin(ReadOnlyAdmin):
    """What was written down about orders, to search; an order's own page is where it is written."""

    list_display = ["beginning", "order_link", "written_by", "written_at"]
    list_display_links = ["beginning"]
    empty_list = _("Nobody has written anything down yet. A note is added on the page of its order.")
    list_select_related = ["order", "written_by"]
    list_filter = [("written_at", LocalDaysFilter), "order__business_entity"]
    search_fields = ["text", "order__order_number"]
    fields = ["order_link", "text", ("written_by", "written_at")]
    readonly_fields = ["order_link"]

    @display(description=_("note"))
    def beginning(self, note: OrderNote) -> str:
        return Truncator(note.text).chars(SHOWN_IN_LIST)

    @display(description=_("order"), ordering="order__order_number")
    def order_link(self, note: OrderNote) -> SafeString | str:
        return admin_link(note.order)
