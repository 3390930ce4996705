"""What we write to customers and partners about their orders, and when we write nothing."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date

from django.utils import translation
from django.utils.formats import date_format, number_format

from apps.communication.notices import MAIL, MAIL_AND_TEXT, Notice, Words
from apps.communication.services import Told, tell
from apps.core import clock
from apps.core.chips import euro
from apps.core.records import ref_to
from apps.orders.choices import OrderStatus as S
from apps.orders.choices import OrderWorkflow
from apps.orders.models import LineItem, Order, OrderHold
from apps.orders.queries import partner_contact
from apps.organizations.models import Contact

MOST_ARTICLES = 20


def confirm_order(order: Order) -> None:
    """Tell the customer that the order came in."""
    contact = order.primary_contact
    with _language_of(contact):
        variables = {
            "order_number": order.order_number,
            "order_date": _day(clock.local_day(order.created_at)),
            "order_total": euro(order.total_incl_vat) if order.total_incl_vat else "",
            "articles": _articles(order),
            "installation_address": str(order.installation_address or ""),
            "requested_date": _day(order.requested_date),
            "order_status_friendly": "",
        }
    _send(order, contact, "order_confirmation", variables, dedupe_key=f"order:{order.pk}:confirmation")


def tell_customer_of_hold(hold: OrderHold) -> bool:
    """Tell the customer why work stands still; whether there was somebody to tell."""
    contact = hold.order.primary_contact
    variables, key = _about_hold(hold, contact), f"hold:{hold.pk}:customer"
    return _send(hold.order, contact, "hold_notification", variables, dedupe_key=key, channels=MAIL_AND_TEXT)


def follow_up_hold(hold: OrderHold, *, on: date) -> None:
    """Tell the customer that we have not forgotten the order; they hear so each week."""
    contact = hold.order.primary_contact
    variables = _about_hold(hold, contact)
    if hold.is_overdue:
        variables["estimated_resume_date"] = ""  # a day that has passed promises nothing
    _send(hold.order, contact, "hold_follow_up", variables, dedupe_key=f"hold:{hold.pk}:{on.isoformat()}")


def tell_partner_of_hold(hold: OrderHold) -> bool:
    """Tell the partner why work stands still; whether there was somebody to tell."""
    contact = partner_contact(hold.order)
    if contact is None:
        return False
    variables = _about_hold(hold, contact) | _as_partner_knows_it(hold.order)
    return _send(hold.order, contact, "hold_notification_partner", variables, dedupe_key=f"hold:{hold.pk}:partner")


def tell_of_resumption(hold: OrderHold) -> None:
    """Tell whoever heard of the hold that work goes on."""
    order = hold.order
    if hold.customer_notified:
        contact = order.primary_contact
        variables = _about_resumption(hold, contact)
        key = f"resume:{hold.pk}:customer"
        _send(order, contact, "resume_notification", variables, dedupe_key=key, channels=MAIL_AND_TEXT)
    partner = partner_contact(order) if hold.partner_notified else None
    if partner is not None:
        variables = _about_resumption(hold, partner) | _as_partner_knows_it(order)
        _send(order, partner, "resume_notification_partner", variables, dedupe_key=f"resume:{hold.pk}:partner")


def _send(
    order: Order,
    contact: Contact,
    template_code: str,
    variables: dict[str, str],
    *,
    dedupe_key: str,
    channels: Sequence[str] = MAIL,
) -> bool:
    told = Told(
        contact=contact,
        template_code=template_code,
        variables=variables,
        about=ref_to(order),
        business_entity=order.business_entity,
        key=dedupe_key,
    )
    return bool(tell(told, channels=channels))


@contextmanager
def _language_of(contact: Contact) -> Iterator[None]:
    with translation.override(contact.language):
        yield


def _day(day: date | None) -> str:
    return date_format(day, "DATE_FORMAT") if day else ""


def _articles(order: Order) -> str:
    lines: list[LineItem] = list(order.line_items.all())
    named = [f"{number_format(line.quantity.normalize())} × {line.description}" for line in lines[:MOST_ARTICLES]]
    return "\n".join([*named, "…"] if len(lines) > MOST_ARTICLES else named)


def _about_hold(hold: OrderHold, contact: Contact) -> dict[str, str]:
    with _language_of(contact):
        return {
            "order_number": hold.order.order_number,
            "hold_reason_details": hold.hold_reason_details,
            "estimated_resume_date": _day(hold.estimated_resume_date),
        }


def _about_resumption(hold: OrderHold, contact: Contact) -> dict[str, str]:
    with _language_of(contact):
        return {
            "order_number": hold.order.order_number,
            "new_planned_date": _day(hold.order.planned_start_date),
            "resolution_notes": hold.resolution_notes,
        }


def _as_partner_knows_it(order: Order) -> dict[str, str]:
    return {
        "partner_order_id": order.partner_reference,
        "end_customer_name": order.primary_contact.full_name,
    }


def _of_quote(order: Order, contact: Contact) -> dict[str, str]:
    return {"order_number": order.order_number, "quote_total": euro(order.total_incl_vat), "articles": _articles(order)}


def _of_appointment(order: Order, contact: Contact) -> dict[str, str]:
    return {
        "order_number": order.order_number,
        "visit_date": _day(order.planned_start_date),
        "visit_time": "",  # known once visits are planned by the hour
        "installation_address": str(order.installation_address or ""),
    }


def _of_cancellation(order: Order, contact: Contact) -> dict[str, str]:
    return {"order_number": order.order_number, "cancellation_reason": order.cancellation_reason}


def _number_alone(order: Order, contact: Contact) -> dict[str, str]:
    return {"order_number": order.order_number}


def _primary_contact(order: Order) -> Contact:
    return order.primary_contact


def _told(status: S, template_code: str, words: Words | None, *workflows: str, channels: Sequence[str] = MAIL) -> Notice:
    return Notice(
        entity_type=Order.entity_type,
        workflows=workflows or tuple(OrderWorkflow.values),
        status=status,
        template_code=template_code,
        channels=channels,
        reader=_primary_contact,
        words=words,
    )


# What the customer hears of the statuses of an order. Without words: an event of its own tells it, and knows more.
NOTICES = (
    _told(S.NEW_LEAD, "order_confirmation", None),
    _told(S.NEW, "order_confirmation", None),
    _told(S.INTAKE_SENT, "intake_form_invitation", _number_alone, channels=MAIL_AND_TEXT),
    _told(S.QUOTE_SENT, "quote_notification", _of_quote, channels=MAIL_AND_TEXT),
    _told(S.SCHEDULED, "appointment_confirmation", _of_appointment, channels=MAIL_AND_TEXT),
    _told(S.COMPLETED, "completion_thank_you", _number_alone, OrderWorkflow.INSTALLATION),
    _told(S.DELIVERED, "order_delivered", _number_alone),
    _told(S.REJECTED, "order_rejected", _number_alone),
    _told(S.CANCELLED, "order_cancelled", _of_cancellation),
    _told(S.ON_HOLD, "hold_notification", None, channels=MAIL_AND_TEXT),
)
