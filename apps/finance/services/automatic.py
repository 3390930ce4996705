"""Invoicing by itself: completed orders get their invoices, and one that cannot have them says why."""

import time
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import clock
from apps.core.errors import Conflict, DomainError, Malformed, Refused
from apps.core.transactions import retrying
from apps.finance.choices import InvoiceStatus, InvoiceType
from apps.finance.models import Invoice, UninvoicedOrder
from apps.finance.models.uninvoiced import REASON_LENGTH
from apps.finance.services.generate import invoice_generate, payers_of
from apps.orders.choices import TO_INVOICE, OrderStatus
from apps.orders.models import Order

TRIED_FOR = timedelta(days=60)  # older ones came from elsewhere, or have waited for a person all that time


def invoice_completed_orders(*, seconds: float) -> int:
    """Invoice every completed order whose turn it is, each in a transaction of its own, until time is up; gives how many.

    Those that were never tried come first, then those that were tried longest ago. One that is refused is kept with the
    reason (UninvoicedOrder) and tried again at the next run.
    """
    ends_at, made = time.monotonic() + seconds, 0
    for order in _due(clock.today()).iterator(chunk_size=100):
        if time.monotonic() > ends_at:
            break
        if _is_turn(order, clock.today()):
            made += try_to_invoice(order=order)
    return made


def try_to_invoice(*, order: Order, by: User | None = None) -> bool:
    """Invoice all that is open of an order, unless a person should decide; whether it was done."""
    try:
        retrying(lambda: _invoice(order, by))
    except (Refused, Conflict, Malformed) as refusal:
        _keep(order, refusal)
        return False
    return True


@transaction.atomic
def _invoice(order: Order, by: User | None) -> None:
    _refuse_for_a_person(order)
    invoice_generate(order=order, by=by)


def _due(today: date) -> QuerySet[Order]:
    """Completed orders with something open of which nobody has made a draft."""
    drafts = Invoice.objects.filter(order=OuterRef("pk"), status=InvoiceStatus.DRAFT)
    tried = UninvoicedOrder.objects.filter(order=OuterRef("pk"))
    return (
        Order.objects.kept()
        .select_related("business_entity", "customer_organization", "partner_organization", "root_organization")
        .filter(
            ~Exists(drafts),
            status=OrderStatus.COMPLETED,
            billing_status__in=TO_INVOICE,
            is_test=False,
            actual_completion_date__gte=today - TRIED_FOR,
        )
        .annotate(tried_at=Subquery(tried.values("tried_at")))
        .order_by(F("tried_at").asc(nulls_first=True), "actual_completion_date", "pk")
    )


def _is_turn(order: Order, today: date) -> bool:
    """At once, but for those who are invoiced by the week or the month: when that is over."""
    completed = order.actual_completion_date
    frequencies = {payer.default_billing_configuration.get("invoice_frequency") for payer in payers_of(order)}
    if completed is None or not frequencies & {"weekly", "monthly"}:
        return True
    if "monthly" in frequencies:
        return (completed.year, completed.month) < (today.year, today.month)
    return completed.isocalendar()[:2] < today.isocalendar()[:2]


def _refuse_for_a_person(order: Order) -> None:
    """What a person took back or dropped is not made anew behind that person's back, and nobody is sent a bill of nothing."""
    if not order.line_items.exclude(total=0).exists():
        raise Refused(_("This order comes to nothing: a person decides whether it is invoiced."), code="comes_to_nothing")
    invoices = Invoice.objects.filter(order=order)
    if invoices.filter(invoice_type=InvoiceType.CREDIT_NOTE).exists():
        raise Refused(_("Something of this order was credited: a person decides what is invoiced again."), code="credited_before")
    if invoices.filter(status=InvoiceStatus.CANCELLED).exists():
        raise Refused(_("A draft of this order was dropped: a person decides what is invoiced."), code="draft_dropped")


def _keep(order: Order, refusal: DomainError) -> None:
    parts = [str(refusal.detail), *(str(fault.detail) for fault in refusal.fields)]
    now, reason = clock.now(), " ".join(dict.fromkeys(parts))[:REASON_LENGTH]
    told = {"code": refusal.code, "reason": reason, "tried_at": now}
    UninvoicedOrder.objects.update_or_create(order=order, defaults=told, create_defaults={**told, "since": now})
