"""What follows from an order's events."""

from django.utils.translation import gettext_lazy as _

from apps.events.services import subscribe
from apps.orders import notifications, services
from apps.orders.events import OrderHeld, OrderPlaced, OrderResumed
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


def _hold(event: OrderHeld | OrderResumed) -> OrderHold:
    related = ("order__business_entity", "order__primary_contact", "order__partner_organization")
    return OrderHold.objects.select_related(*related).get(pk=event.hold_id)
