"""What finance tells of orders: how much of them was invoiced, and paid."""

from collections.abc import Iterable

from apps.core.bulk import update_many
from apps.orders.models import Order


def set_money_statuses(standings: Iterable[tuple[Order, str, str]]) -> None:
    """Write where orders stand with their invoices, as (order, billing status, financial status).

    They are no new version of an order, as nobody edits these; one that stands there already is left alone.
    """
    changed = []
    for order, billing_status, financial_status in standings:
        if (order.billing_status, order.financial_status) != (billing_status, financial_status):
            order.billing_status, order.financial_status = billing_status, financial_status
            changed.append(order)
    update_many(changed, ["billing_status", "financial_status"])
