"""Orders that are to be invoiced, with all that decides how: read for many at once, and held until the transaction ends."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet, prefetch_related_objects

from apps.core.prepared import Prepared, any_of, attach, execute
from apps.finance.choices import InvoiceStatus
from apps.orders.choices import BillingResponsibility, BillingTarget
from apps.orders.models import LineItem, Order, OrderContact
from apps.orders.queries import contacts_of
from apps.organizations.models import Contact, Organization

INVOICED = """
    SELECT invoice_line.line_item_id, sum(invoice_line.quantity) FROM invoice_line
    JOIN invoice ON invoice.id = invoice_line.invoice_id
    WHERE invoice_line.line_item_id = ANY(%s::uuid[]) AND invoice.status <> %s::text GROUP BY 1
"""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A locked order that is to be invoiced.

    Attributes:
        still_open: how much of each line stands on no invoice.
        named: by organization, whom the order names for its invoices.
        contacts: by organization, everybody we know there, whom to speak to first.
    """

    order: Order
    lines: Sequence[LineItem]
    still_open: Mapping[UUID, Decimal]
    named: Mapping[UUID, Contact]
    contacts: Mapping[UUID, Sequence[Contact]]


def case_of(order: Order) -> Case:
    """An order that is to be invoiced, behind its lock."""
    [case] = _cases(_LOCKED.rows([order.pk]))
    return case


def free_cases_of(orders: Iterable[Order]) -> list[Case]:
    """Those of many orders that nobody has in hand, in the order in which they are given."""
    keys = [order.pk for order in orders]
    free = {order.pk: order for order in _LOCKED_IF_FREE.rows(keys)}
    return _cases(free[key] for key in keys if key in free)


def payers_of(order: Order, lines: Iterable[LineItem]) -> set[Organization]:
    """Who pays something of an order, as far as that is known."""
    return {payer for line in lines if (payer := payer_of(order, line)) is not None}


def payer_of(order: Order, line: LineItem) -> Organization | None:
    """Who pays a line, if that is known."""
    if line.billing_responsibility == BillingResponsibility.PARTNER:
        payer = order.partner_organization
    elif line.billing_responsibility == BillingResponsibility.SHARED:
        payer = None  # nobody has said in which parts
    elif order.default_billing_target == BillingTarget.ROOT:
        payer = order.root_organization
    elif order.default_billing_target == BillingTarget.DEALER:
        payer = order.partner_organization
    else:
        payer = order.customer_organization
    return payer


def open_quantities(order: Order) -> dict[UUID, Decimal]:
    """How much of each line of an order stands on no invoice; what was credited is open again."""
    return _still_open(list(order.line_items.all()))


def _still_open(lines: Sequence[LineItem]) -> dict[UUID, Decimal]:
    invoiced = dict(execute(INVOICED, ([line.pk for line in lines], str(InvoiceStatus.CANCELLED))))
    return {line.pk: line.quantity - invoiced.get(line.pk, Decimal(0)) for line in lines}


def _cases(locked: Iterable[Order]) -> list[Case]:
    orders = list(locked)
    _attach_parties(orders)
    keys = [order.pk for order in orders]
    lines: dict[UUID, list[LineItem]] = defaultdict(list)
    for line in _LINES.rows(keys):
        lines[line.order_id].append(line)
    still_open = _still_open([line for order in orders for line in lines[order.pk]])
    named, contacts = _named(keys), _contacts(orders, lines)
    return [
        Case(
            order=order,
            lines=lines[order.pk],
            still_open={line.pk: still_open[line.pk] for line in lines[order.pk]},
            named=named[order.pk],
            contacts=contacts,
        )
        for order in orders
    ]


def _attach_parties(orders: Sequence[Order]) -> None:
    """Read whoever is concerned, each once: by joins a look-up of so many tables takes longer to plan than to run."""
    attach([(orders, ("business_entity", *ORGANIZATIONS))])
    companies = {order.business_entity for order in orders}
    organizations = {found for order in orders for name in ORGANIZATIONS if (found := getattr(order, name)) is not None}
    attach(
        [
            (orders, ("primary_contact", "installation_address", "billing_address", "shipping_address")),
            (organizations, ("billing_address", "visiting_address", "financial_contact")),
            (companies, ("address",)),
        ]
    )
    prefetch_related_objects(list(companies), "bank_accounts")


def _named(keys: list[UUID]) -> dict[UUID, dict[UUID, Contact]]:
    named: dict[UUID, dict[UUID, Contact]] = defaultdict(dict)
    for each in _NAMED.rows(keys):
        named[each.order_id].setdefault(each.contact.organization_id, each.contact)
    return named


def _contacts(orders: Sequence[Order], lines: Mapping[UUID, Sequence[LineItem]]) -> dict[UUID, list[Contact]]:
    """Of those payers alone that do not say who sees to their invoices."""
    payers = {payer for order in orders for payer in payers_of(order, lines[order.pk])}
    unsaid = [payer for payer in payers if payer.financial_contact_id is None]
    return contacts_of(unsaid) if unsaid else {}


def _locked(keys: list[UUID], *, skip_locked: bool) -> QuerySet[Order]:
    return Order.objects.select_for_update(of=("self",), skip_locked=skip_locked).filter(pk__in=any_of(keys)).order_by("pk")


ORGANIZATIONS = ("customer_organization", "partner_organization", "root_organization")
KEYS = [[UUID(int=1)]]
_LOCKED = Prepared(lambda keys: _locked(keys, skip_locked=False), samples=KEYS)
_LOCKED_IF_FREE = Prepared(lambda keys: _locked(keys, skip_locked=True), samples=KEYS)
_LINES = Prepared(
    lambda keys: LineItem.objects.select_related("article").filter(order__in=any_of(keys)).order_by("line_order"), samples=KEYS
)
_NAMED = Prepared(
    lambda keys: (
        OrderContact.objects.select_related("contact")
        .filter(order__in=any_of(keys), is_billing_contact=True, contact__deleted_at=None)
        .order_by("pk")
    ),
    samples=KEYS,
)
