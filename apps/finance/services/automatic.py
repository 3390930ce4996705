"""Invoicing by itself: completed orders get their invoices, and one that cannot have them says why."""

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import islice
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Prefetch, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import clock
from apps.core.errors import Conflict, DomainError, Malformed, Refused
from apps.core.transactions import retrying
from apps.finance.choices import InvoiceStatus, InvoiceType
from apps.finance.models import Invoice, UninvoicedOrder
from apps.finance.models.uninvoiced import REASON_LENGTH
from apps.finance.services.cases import ORGANIZATIONS, Case, case_of, free_cases_of, payers_of
from apps.finance.services.drafts import Draft
from apps.finance.services.generate import drafts_to_issue, store
from apps.orders.choices import TO_INVOICE, OrderStatus
from apps.orders.models import LineItem, Order

BLOCK = 200
REFUSALS = (Refused, Conflict, Malformed)
TRIED_FOR = timedelta(days=60)  # older ones came from elsewhere, or have waited for a person all that time


def invoice_completed_orders(*, seconds: float) -> int:
    """Invoice every completed order whose turn it is, in blocks of a transaction each, until time is up; gives how many.

    Those that were never tried come first, then those that were tried longest ago. One that is refused is kept with the
    reason (UninvoicedOrder), tried again at the next run, and hurts no other; one that somebody has in hand is left alone.
    """
    ends_at, made, today = time.monotonic() + seconds, 0, clock.today()
    turns = (order for order in _due(today).iterator(chunk_size=BLOCK) if _is_turn(order, today))
    while time.monotonic() < ends_at and (block := list(islice(turns, BLOCK))):
        made += invoice_block(block)
    return made


def try_to_invoice(*, order: Order, by: User | None = None) -> bool:
    """Invoice all that is open of an order, unless a person should decide; whether it was done."""
    try:
        retrying(lambda: _invoice(order, by))
    except REFUSALS as refusal:
        _keep(order, refusal)
        return False
    return True


@transaction.atomic
def _invoice(order: Order, by: User | None) -> None:
    case = case_of(order)
    _refuse_for_a_person(case, _earlier([order]))
    store(drafts_to_issue(case), by=by)


def invoice_block(orders: Sequence[Order]) -> int:
    """Invoice a block of completed orders in one transaction; gives how many. See `invoice_completed_orders`."""
    try:
        made, refused = retrying(lambda: _invoice_together(orders))
    except REFUSALS:
        # What stood against one of them came out when all were written: each by itself, and the reason is its own.
        return sum(try_to_invoice(order=order) for order in orders)
    for order, refusal in refused:
        _keep(order, refusal)
    return made


@transaction.atomic
def _invoice_together(orders: Sequence[Order]) -> tuple[int, list[tuple[Order, DomainError]]]:
    """How many of these orders were invoiced, and those that were refused."""
    drafts: list[Draft] = []
    refused: list[tuple[Order, DomainError]] = []
    cases = [case for case in free_cases_of(orders) if case.order.billing_status in TO_INVOICE]
    earlier = _earlier(orders)
    for case in cases:
        try:
            _refuse_for_a_person(case, earlier)
            drafts += drafts_to_issue(case)
        except REFUSALS as refusal:
            refused.append((case.order, refusal))
    store(drafts, by=None)
    return len(cases) - len(refused), refused


def _due(today: date) -> QuerySet[Order]:
    """Completed orders with something open of which nobody has made a draft."""
    drafts = Invoice.objects.filter(order=OuterRef("pk"), status=InvoiceStatus.DRAFT)
    tried = UninvoicedOrder.objects.filter(order=OuterRef("pk"))
    return (
        Order.objects.kept()
        .select_related(*ORGANIZATIONS)
        .prefetch_related(Prefetch("line_items", LineItem.objects.only("order", "billing_responsibility").order_by()))
        .only(
            "actual_completion_date",
            "default_billing_target",
            *(f"{each}__default_billing_configuration" for each in ORGANIZATIONS),
        )
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
    frequencies = {
        payer.default_billing_configuration.get("invoice_frequency") for payer in payers_of(order, order.line_items.all())
    }
    if completed is None or not frequencies & {"weekly", "monthly"}:
        return True
    if "monthly" in frequencies:
        return (completed.year, completed.month) < (today.year, today.month)
    return completed.isocalendar()[:2] < today.isocalendar()[:2]


Earlier = Mapping[UUID, Sequence[tuple[str, str]]]  # by order, the types and statuses of its documents


def _earlier(orders: Sequence[Order]) -> Earlier:
    earlier: dict[UUID, list[tuple[str, str]]] = defaultdict(list)
    rows = Invoice.objects.filter(order__in=[order.pk for order in orders]).order_by()
    for order, *document in rows.values_list("order", "invoice_type", "status"):
        earlier[order].append((document[0], document[1]))
    return earlier


def _refuse_for_a_person(case: Case, earlier: Earlier) -> None:
    """What a person took back or dropped is not made anew behind that person's back, and nobody is sent a bill of nothing."""
    if not any(line.total for line in case.lines):
        raise Refused(_("This order comes to nothing: a person decides whether it is invoiced."), code="comes_to_nothing")
    documents = earlier.get(case.order.pk, ())
    if any(kind == InvoiceType.CREDIT_NOTE for kind, _status in documents):
        raise Refused(_("Something of this order was credited: a person decides what is invoiced again."), code="credited_before")
    if any(status == InvoiceStatus.CANCELLED for _kind, status in documents):
        raise Refused(_("A draft of this order was dropped: a person decides what is invoiced."), code="draft_dropped")


def _keep(order: Order, refusal: DomainError) -> None:
    parts = [str(refusal.detail), *(str(fault.detail) for fault in refusal.fields)]
    now, reason = clock.now(), " ".join(dict.fromkeys(parts))[:REASON_LENGTH]
    told = {"code": refusal.code, "reason": reason, "tried_at": now}
    UninvoicedOrder.objects.update_or_create(order=order, defaults=told, create_defaults={**told, "since": now})
