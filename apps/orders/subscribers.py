"""What follows from an order's events."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.events.services import subscribe
from apps.orders import notifications, services
from apps.orders.events import HoldEnded, HoldEscalated, HoldFollowUpDue, OrderHeld, OrderPlaced, OrderResumed
from apps.orders.models import Order, OrderHold


@subscribe(OrderPlaced, does=_("Confirm the order to the customer"))
def confirm_order_to_customer(event: OrderPlaced) -> None:
    notifications.confirm_order(Order.objects.for_page().get(pk=event.order_id))


@subscribe(OrderHeld, does=_("Tell the customer of the hold"))
def tell_customer_of_hold(event: OrderHeld) -> None:
    hold = _hold(event)
    if event.notify_customer and notifications.tell_customer_of_hold(hold):
        services.mark_notified(hold=hold, customer=True)


@subscribe(OrderHeld, does=_("Tell the partner of the hold"))
def tell_partner_of_hold(event: OrderHeld) -> None:
    hold = _hold(event)
    if event.notify_partner and notifications.tell_partner_of_hold(hold):
        services.mark_notified(hold=hold, partner=True)


@subscribe(OrderResumed, does=_("Tell that work goes on"))
def tell_of_resumption(event: OrderResumed) -> None:
    notifications.tell_of_resumption(_hold(event))


@subscribe(HoldEscalated, does=_("Ask somebody to look at a hold"))
def see_to_hold(event: HoldEscalated) -> None:
    services.see_to_hold(hold=_hold(event))


@subscribe(HoldEnded, does=_("Finish the task about a hold"))
def close_hold_task(event: HoldEnded) -> None:
    services.close_hold_task(hold=_hold(event))


@subscribe(HoldFollowUpDue, does=_("Write to the customer again about a hold"))
def follow_up_hold(event: HoldFollowUpDue) -> None:
    hold = _hold(event)
    if hold.is_active:
        notifications.follow_up_hold(hold, on=event.on)


def _hold(event: Any) -> OrderHold:
    related = ("order__business_entity", "order__primary_contact", "order__partner_organization")
    return OrderHold.objects.select_related(*related).get(pk=event.hold_id)
