"""A new order after the example of another."""

from django.db import transaction

from apps.accounts.models import User
from apps.orders.choices import OrderSource
from apps.orders.models import Order
from apps.orders.services.lines import LineData
from apps.orders.services.placing import OrderData, create_order


@transaction.atomic
def duplicate_order(
    *,
    order: Order,
    with_lines: bool = True,
    with_addresses: bool = True,
    with_partner: bool = True,
    with_notes: bool = False,
    by: User | None,
) -> Order:
    """Place a new order of the same kind for the same customer, with its own number and life; both know of each other.

    Prices are those of the original, not today's. What the partner calls the original, its dates and its owner stay behind.

    Raises:
        Refused: as `create_order`: of what is taken along something can no longer be ordered.
    """
    data = OrderData(
        business_entity=order.business_entity,
        order_type=order.order_type,
        customer=order.customer_organization,
        contact=order.primary_contact,
        partner_organization=order.partner_organization if with_partner else None,
        root_organization=order.root_organization if with_partner else None,
        installation_address=order.installation_address if with_addresses else None,
        billing_address=order.billing_address if with_addresses else None,
        shipping_address=order.shipping_address if with_addresses else None,
        lines=_lines_of(order) if with_lines else (),
        priority_level=order.priority_level,
        notes=order.notes if with_notes else "",
        source=OrderSource.BACK_OFFICE,
        duplicated_from=order,
    )
    return create_order(data=data, by=by, is_test=order.is_test)


def _lines_of(order: Order) -> tuple[LineData, ...]:
    return tuple(
        LineData(
            article=line.article,
            description=line.description,
            quantity=line.quantity,
            unit_price=line.unit_price_customer,
            vat_rate=line.tax_rate,
            billing_responsibility=line.billing_responsibility,
        )
        for line in order.line_items.select_related("article").order_by("line_order")
    )
