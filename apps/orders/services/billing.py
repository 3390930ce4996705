"""What finance tells of an order: how much of it was invoiced, and paid."""

from apps.orders.models import Order


def set_money_status(*, order: Order, billing_status: str, financial_status: str) -> None:
    """Write where an order stands with its invoices; no new version of the order, as nobody edits these."""
    if (order.billing_status, order.financial_status) == (billing_status, financial_status):
        return
    order.billing_status, order.financial_status = billing_status, financial_status
    order.save(update_fields=["billing_status", "financial_status"])
