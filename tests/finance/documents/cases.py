"""Invoices and credit notes of every kind, made as the system makes them: from orders of customers, by the services."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from apps.core.money import line_total
from apps.finance import services
from apps.finance.choices import InvoiceStatus
from apps.finance.models import Invoice
from apps.finance.services import CreditLine, Wanted
from apps.orders.choices import LineItemType
from apps.orders.models import Order
from apps.organizations.choices import EntityCode, OrganizationType
from apps.organizations.models import BusinessEntity, Organization
from tests.factories.catalog import ArticleFactory
from tests.factories.organizations import AddressFactory, BankAccountFactory, ContactFactory, OrganizationFactory
from tests.finance.conftest import company_with_books, completed_order

G_ACCOUNT = {"wages_percentage": 60, "blocked_percentage": 40, "reference": "WKA-2026-7"}
BUYERS: dict[str, dict[str, Any]] = {
    "consumer": {},
    "business": {"kvk_number": "90004973", "vat_number": "NL810462215B01"},
    "business without a number": {"legal_name": "Vereniging van Eigenaren De Dorpsstraat"},
    "contractor": {
        "kvk_number": "90004973",
        "vat_number": "NL810462215B01",
        "default_billing_configuration": {"reverse_charge": True},
    },
    "contractor with a g-account": {
        "kvk_number": "90004973",
        "vat_number": "NL810462215B01",
        "default_billing_configuration": {"reverse_charge": True, "g_account": G_ACCOUNT},
    },
    "builder with a g-account": {"kvk_number": "90004973", "default_billing_configuration": {"g_account": G_ACCOUNT}},
}

texts = st.text("abcXYZ é&<>\"'€0123\n\t½", min_size=1, max_size=60).filter(lambda text: text.strip())
prices = st.decimals("0.0001", "4999.9999", places=4)
quantities = st.decimals("0.001", "99", places=3)


@dataclass(frozen=True, kw_only=True)
class Case:
    """An order to invoice: whose, for whom, its lines of (words, quantity, price, rate, kind), and what is taken back."""

    entity: str
    buyer: str
    language: str
    lines: list[tuple[str, Decimal, Decimal, str, str]]
    discount: int
    first_part: Decimal | None
    credited: list[tuple[int, Decimal]]
    reference: str


cases = st.builds(
    Case,
    entity=st.sampled_from(EntityCode.values),
    buyer=st.sampled_from(list(BUYERS)),
    language=st.sampled_from(["nl", "en"]),
    lines=st.lists(
        st.tuples(
            texts, quantities, prices, st.sampled_from(["0.21", "0.09", "0.00"]), st.sampled_from(["product", "service", "shipping"])
        ),
        min_size=1,
        max_size=4,
    ),
    discount=st.sampled_from([0, 0, 1, 10, 100]),
    first_part=st.none() | quantities,
    credited=st.lists(st.tuples(st.integers(0, 4), quantities), max_size=2),
    reference=st.sampled_from(["", "4500012345", "PO <7> & 8"]),
)  # fmt: skip


def documents_of(case: Case) -> Iterator[Invoice]:
    """All that is sent of a case: its invoice, or the two of its parts; a note per part that is taken back; one of the rest."""
    entity = _company(case.entity)
    order = _order(case, entity)
    for invoice in _invoices(case, order):
        yield invoice
        yield from _notes(case, invoice)


def _company(code: str) -> BusinessEntity:
    entity = BusinessEntity.objects.filter(entity_code=code, bank_accounts__isnull=False).first() or company_with_books(code)
    entity.invoice_approval_threshold = Decimal("99999999.00")
    entity.branding_config = {"primary_color": "#FF6B35"}
    entity.document_config = {"terms_url": "https://example.nl/voorwaarden"}
    entity.website_url = "https://example.nl/"
    entity.save()
    if entity.blocked_account is None:
        BankAccountFactory(business_entity=entity, is_blocked=True)
    return entity


def _order(case: Case, entity: BusinessEntity) -> Order:
    private = case.buyer == "consumer"
    kind = OrganizationType.CUSTOMER_INDIVIDUAL if private else OrganizationType.CUSTOMER_BUSINESS
    buyer = OrganizationFactory(business_entity=entity, organization_type=kind, **BUYERS[case.buyer])
    contact = ContactFactory(organization=buyer, language=case.language)
    order = completed_order(
        entity,
        *[(str(quantity), str(price), rate) for _words, quantity, price, rate, _kind in case.lines],
        customer_organization=buyer,
        primary_contact=contact,
        billing_address=AddressFactory(street="Kerkstraat", house_number_addition="bis", city="'s-Gravenhage"),
    )
    for line, (words, _quantity, _price, _rate, kind) in zip(order.line_items.order_by("line_order"), case.lines, strict=True):
        line.description, line.line_item_type = words, kind
        line.article = ArticleFactory() if kind == LineItemType.PRODUCT else None
        line.save()
    _discount(case, order)
    return order


def _discount(case: Case, order: Order) -> None:
    """A line that takes a part of the first one off again: work off work, so that it bears the same VAT."""
    first = order.line_items.get(line_order=1)
    price = -(first.unit_price_customer * case.discount / 100).quantize(Decimal("0.0001"))
    if price:
        first.pk, first.line_order, first._state.adding = None, 9, True
        kind = LineItemType.SERVICE if first.line_item_type == LineItemType.SERVICE else LineItemType.DISCOUNT
        first.description, first.line_item_type, first.unit_price_customer = "Korting", kind, price
        first.total = line_total(quantity=first.quantity, unit_price=price)
        first.save()


def _invoices(case: Case, order: Order) -> list[Invoice]:
    made: list[Invoice] = []
    first = order.line_items.get(line_order=1)
    if case.first_part is not None and case.first_part < first.quantity and not case.discount:
        part = Wanted(line_item_id=first.pk, quantity=case.first_part)
        made += services.invoice_generate(order=order, line_items_to_invoice=[part], customer_reference=case.reference, by=None)
    return made + services.invoice_generate(order=order, customer_reference=case.reference, by=None)


def _notes(case: Case, invoice: Invoice) -> Iterator[Invoice]:
    lines = [line for line in invoice.lines.all() if line.total > 0]
    left = {line.pk: line.quantity for line in lines}
    for place, quantity in case.credited if not case.discount else []:
        line = lines[place % len(lines)] if lines else None
        if line is not None and quantity < left[line.pk] and _is_open(invoice):
            left[line.pk] -= quantity
            part = CreditLine(invoice_line_id=line.pk, quantity=quantity)
            yield services.invoice_credit(invoice=invoice, lines=[part], reason="Deel retour", by=None)
    if case.credited and any(left.values()) and _is_open(invoice):
        yield services.invoice_credit(invoice=invoice, reason="De rest retour", by=None)


def _is_open(invoice: Invoice) -> bool:
    """What is left of it may be lines of no amount: then it is credited as a whole."""
    return Invoice.objects.get(pk=invoice.pk).status != InvoiceStatus.CREDITED


def renamed(buyer: Organization) -> None:
    """Everything of a customer becomes something else."""
    Organization.objects.filter(pk=buyer.pk).update(
        name="Iets Anders", legal_name="Iets Anders B.V.", kvk_number="", vat_number="", billing_email="elders@example.nl"
    )
    buyer.contacts.update(first_name="Karel", last_name="Anders", language="en", email="karel@example.nl")
