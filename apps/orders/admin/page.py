"""What stands on the page of an order, beside its buttons: prepared here, so that its templates only lay it out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.http import QueryDict
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core import clock
from apps.core.admin import admin_link, entity_chip, euro, status_chip, tone_chip
from apps.core.contributions import Panel, contributions
from apps.core.errors import Text
from apps.core.money import totals
from apps.orders.admin.timeline import timeline_page
from apps.orders.choices import PATHS, BillingResponsibility, OrderStatus, Priority
from apps.orders.models import LineItem, Order, OrderHold
from apps.orders.queries import holds_of, steps_taken
from apps.organizations.models import Contact
from apps.workflow.models import PolicyBook
from apps.workflow.queries import policy_book

PRIORITY_TONES = {Priority.HIGH: "warning", Priority.URGENT: "danger"}

Facts = tuple[Text, list[tuple[Text, Any]]]


@dataclass(frozen=True, kw_only=True)
class PathStep:
    """A status on the bar above an order: gone through, skipped, standing there, held there, or still to come."""

    label: Text
    state: str

    @property
    def is_present(self) -> bool:
        return self.state in ("here", "held")


def page_context(order: Order, query: QueryDict, user: User) -> dict[str, Any]:
    """All that the page of an order shows to a user; the address chooses what of its timeline."""
    book = policy_book(Order.entity_type, order.workflow)
    lines = list(order.line_items.all())
    holds = holds_of([order.pk])[order.pk][::-1]
    entries = contributions.timeline_of(Order.entity_type, [order.pk], user=user)[order.pk]
    return {
        "order": order,
        "marks": marks_of(order, book),
        "path": path_of(order, book),
        "lines": [line_row(order, line) for line in lines],
        "sums": sums_of(order, lines),
        "panels": [*([holds_panel(holds)] if holds else []), *contributions.panels_of(Order.entity_type, order, user=user)],
        "differences": differences_of(order),
        "cancelled": order.get_cancellation_code_display() if order.status == OrderStatus.CANCELLED else "",
        "facts": [customer_facts(order), address_facts(order), date_facts(order)],
        "timeline": timeline_page(entries, query),
    }


def marks_of(order: Order, book: PolicyBook) -> list[Any]:
    """The chips beside the number."""
    policy = book.find(order.status, order.business_entity_id)
    label = policy.label if policy else order.get_status_display()
    marks = [
        status_chip(label, policy.colour if policy else "", since=order.status_since, overdue=order.is_overdue),
        entity_chip(order.business_entity),
        order.get_order_type_display(),
    ]
    if order.priority_level in PRIORITY_TONES:
        marks.append(tone_chip(order.get_priority_level_display(), PRIORITY_TONES[Priority(order.priority_level)]))
    if order.is_test:
        marks.append(tone_chip(_("Test order: nothing leaves the building"), "warning"))
    return marks


def path_of(order: Order, book: PolicyBook) -> list[PathStep]:
    """The bar: every step of the usual way, as far as it has been gone; what the order passed over is told apart."""
    path = PATHS[order.workflow]
    taken = steps_taken(order)
    ended = order.status in (OrderStatus.CANCELLED, OrderStatus.REJECTED)
    reached = [place for place, status in enumerate(path) if status in taken]
    here = max(reached, default=-1) + 1 if ended else path.index(OrderStatus(order.stage))
    policies = [book.find(status, order.business_entity_id) for status in path]
    return [
        PathStep(
            label=policy.label if policy else status.label,
            state=_state(order, place - here, was_there=status in taken, ended=ended),
        )
        for place, (status, policy) in enumerate(zip(path, policies, strict=True))
    ]


def _state(order: Order, distance: int, *, was_there: bool, ended: bool) -> str:
    """Of a step so many places before (negative) or behind the present one."""
    if distance > 0 or (ended and distance == 0):
        return "ahead"
    if distance < 0:
        return "done" if was_there else "skipped"
    if order.status == OrderStatus.COMPLETED:
        return "done"
    return "held" if order.status == OrderStatus.ON_HOLD else "here"


def differences_of(order: Order) -> list[tuple[Text, str, str]]:
    """What came in about the customer otherwise than we know it: which, known, given."""
    names = {"name": _("Name"), "phone": _("Phone"), "address": _("Address")}
    return [(names.get(name, name), each["known"], each["given"]) for name, each in order.customer_differences.items()]


def line_row(order: Order, line: LineItem) -> dict[str, Any]:
    shared = line.billing_responsibility != BillingResponsibility.CUSTOMER
    return {
        "article": line.article.article_number if line.article else line.partner_sku or "–",
        "description": line.description,
        "remark": _("paid by: %(who)s") % {"who": line.get_billing_responsibility_display()} if shared else "",
        "quantity": _plain(line.quantity),
        "unit_price": euro(line.unit_price_customer),
        "vat": _percent(line.tax_rate),
        "total": euro(line.total_incl_vat if order.is_consumer_order else line.total),
    }


def sums_of(order: Order, lines: Sequence[LineItem]) -> list[tuple[Text, str]]:
    """The amounts below the lines, the last one the sum."""
    rates = totals((line.total, line.tax_rate) for line in lines).per_rate
    return [
        (_("Total excl. VAT"), euro(order.total_excl_vat)),
        *(
            (_("VAT %(rate)s on %(amount)s") % {"rate": _percent(group.rate), "amount": euro(group.taxable)}, euro(group.vat))
            for group in rates
        ),
        (_("Total incl. VAT"), euro(order.total_incl_vat)),
    ]


def holds_panel(holds: Sequence[OrderHold]) -> Panel:
    return Panel(
        title=_("Holds"),
        columns=[_("Reason"), _("From"), _("Expected until"), _("Ended")],
        rows=[
            [
                format_html("<strong>{}</strong><br>{}", hold.get_hold_reason_category_display(), hold.hold_reason_details),
                _day(clock.local(hold.held_at)),
                tone_chip(_day(hold.estimated_resume_date), "danger") if hold.is_overdue else _day(hold.estimated_resume_date),
                tone_chip(_("Active"), "warning") if hold.is_active else _ended(hold),
            ]
            for hold in holds
        ],
        empty="",
    )


def _ended(hold: OrderHold) -> Any:
    return format_html('{}<br><span class="cc-muted">{}</span>', _day(clock.local(hold.resolved_at)), hold.resolution_notes)


def customer_facts(order: Order) -> Facts:
    contact = order.primary_contact
    organizations = order.other_organizations.select_related("organization")
    contacts = order.other_contacts.select_related("contact__organization")
    return _("Customer and partner"), _known(
        [
            (_("Customer"), admin_link(order.customer_organization)),
            (_("Contact"), admin_link(contact)),
            (_("E-mail"), _reach("mailto", contact.email)),
            (_("Phone"), _reach("tel", contact.phone)),
            (_("Partner"), admin_link(order.partner_organization)),
            (_("Partner's reference"), order.partner_reference),
            (_("Root organization"), admin_link(order.root_organization) if order.root_organization else ""),
            *((each.get_relationship_type_display(), admin_link(each.organization)) for each in organizations),
            *((each.get_role_display(), admin_link(each.contact, _at_work(each.contact))) for each in contacts),
        ]
    )


def _at_work(contact: Contact) -> str:
    return f"{contact} · {contact.organization}"


def address_facts(order: Order) -> Facts:
    place = order.installation_address
    flag = tone_chip(place.get_flag_display(), "warning") if place and place.flag else ""
    return _("Addresses"), _known(
        [
            (_("Installation"), format_html("{} {}", admin_link(place), flag)),
            (_("Billing"), admin_link(order.billing_address) if order.billing_address else ""),
            (_("Shipping"), admin_link(order.shipping_address) if order.shipping_address else ""),
        ]
    )


def date_facts(order: Order) -> Facts:
    came_in = f"{date_format(clock.local(order.created_at), 'SHORT_DATETIME_FORMAT')} · {order.get_source_display()}"
    deadline = date_format(clock.local(order.sla_deadline), "SHORT_DATETIME_FORMAT") if order.sla_deadline else ""
    return _("Dates and money"), _known(
        [
            (_("Came in"), came_in),
            (_("Requested"), _day(order.requested_date)),
            (_("Planned"), _day(order.planned_start_date)),
            (_("Planned completion"), _day(order.planned_completion_date)),
            (_("Completed"), _day(order.actual_completion_date)),
            (_("Deadline of this status"), deadline),
            (_("Owner"), str(order.order_owner or "–")),
            (_("Billing"), order.get_billing_status_display()),
            (_("Payment"), order.get_financial_status_display()),
        ]
    )


def _known(facts: list[tuple[Text, Any]]) -> list[tuple[Text, Any]]:
    return [(label, value) for label, value in facts if value != ""]


def _reach(scheme: str, address: str) -> Any:
    return format_html('<a class="cc-link" href="{}:{}">{}</a>', scheme, address, address) if address else ""


def _day(moment: date | datetime | None) -> str:
    return date_format(moment, "SHORT_DATE_FORMAT") if moment else ""


def _plain(quantity: Decimal) -> str:
    return number_format(quantity.normalize())


def _percent(rate: Decimal) -> str:
    return f"{number_format((rate * 100).normalize())}%"
