"""Taking in a partner's order: recognise it, or make of it a customer, an address, an order and its reference, all or nothing."""

import json
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.catalog.models import Article
from apps.core import clock
from apps.core.actor import current
from apps.core.errors import FieldError, Malformed, Refused
from apps.core.money import ZERO, line_total
from apps.core.prepared import Prepared, insert
from apps.core.records import RecordRef
from apps.core.transactions import in_transaction, lock_name
from apps.orders.choices import OrderSource, OrderType, Priority
from apps.orders.models import Order
from apps.orders.services import LineData, OrderData, create_order
from apps.organizations.choices import AddressType
from apps.organizations.models import Address
from apps.organizations.services import CustomerMatch, create_address, find_or_create_customer
from apps.partners import queries
from apps.partners.choices import MessageKind
from apps.partners.mapping import differences, found_in
from apps.partners.models import PartnerIntegration, PartnerMessage, PartnerOrderReference
from apps.partners.services.incoming import IncomingLine, IncomingOrder
from apps.workflow.choices import TaskPriority, TaskType
from apps.workflow.services import create_task

FIRST_SEQUENCE = 1  # the transition that made the order, which the intake's answer tells of


@dataclass(frozen=True, kw_only=True)
class ReceivedMessage:
    """The message as it came, and the fields in it that nothing was done with."""

    payload: dict[str, Any]
    unmapped: list[str]


@in_transaction
def recognise_order(
    *, integration: PartnerIntegration, partner_order_id: str, payload: dict[str, Any]
) -> PartnerOrderReference | None:
    """The order that this partner sent before under this number, if it did. Until the transaction ends nobody else
    can send it: of many at once the first one makes the order and the others recognise it.

    A message that says something else than the first one changes nothing; what differs is kept, once.
    """
    _lock_partner_order(integration, partner_order_id)
    reference = _REFERENCE.first(integration.partner_organization_id, partner_order_id)
    if reference is not None:
        _keep_difference(reference, payload)
    return reference


_REFERENCE = Prepared(
    lambda partner, partner_order_id: (
        PartnerOrderReference.objects.filter(partner_organization=partner, partner_order_id=partner_order_id)
        .select_related("order", "integration")
        .order_by()
    ),
    samples=[UUID(int=1), "-order-"],
)


@in_transaction
def accept_order(
    *,
    integration: PartnerIntegration,
    incoming: IncomingOrder,
    message: ReceivedMessage,
    is_test: bool,
    by: User | None,
) -> PartnerOrderReference:
    """Make the partner's order ours. Call `recognise_order` before, in the same transaction.

    What we cannot make out (an article, a price, a house number) does not stop the order: a colleague gets a task.

    Raises:
        Malformed: the customer or the address cannot be read.
        Refused: the total is not the sum of the lines (`total_mismatch`).
    """
    _check_total(incoming)
    customer, address = _place_customer(integration, incoming, by=by)
    articles = queries.articles_of(integration.pk, {line.partner_sku for line in incoming.lines})
    order = create_order(
        data=_order_data(integration, incoming, customer, address, articles),
        is_test=is_test,
        by=by,
    )
    reference = _refer_to(order, integration, incoming)
    insert(
        PartnerMessage(
            reference=reference,
            kind=MessageKind.FIRST,
            received_at=clock.now(),
            request_id=current().request_id,
            payload=message.payload,
            unmapped=message.unmapped,
        )
    )
    doubts = _doubts(integration.partner_specific_config.get("confidence"), message.payload)
    _ask_for_a_look(order, incoming, address, articles, doubts)
    return reference


def _lock_partner_order(integration: PartnerIntegration, partner_order_id: str) -> None:
    lock_name(f"partner_order:{integration.partner_organization_id}:{partner_order_id}")


def _keep_difference(reference: PartnerOrderReference, payload: dict[str, Any]) -> None:
    first, *later = list(reference.messages.order_by("received_at"))
    said = json.loads(json.dumps(payload, cls=DjangoJSONEncoder))
    if any(said == message.payload for message in (first, *later)):
        return
    PartnerMessage.objects.create(
        reference=reference,
        kind=MessageKind.REPEAT,
        received_at=clock.now(),
        request_id=current().request_id,
        payload=payload,
        differences=differences(first.payload, said),
    )


def _check_total(incoming: IncomingOrder) -> None:
    """Only where the partner named every price can its total be held against them."""
    prices = [(line.quantity, line.unit_price) for line in incoming.lines]
    if incoming.total_amount is None or not prices or any(price is None for _quantity, price in prices):
        return
    total = sum((line_total(quantity=quantity, unit_price=price or ZERO) for quantity, price in prices), ZERO)
    if total != incoming.total_amount:
        raise Refused(
            _("The total is not the sum of the lines."),
            code="total_mismatch",
            total_amount=f"{incoming.total_amount:.2f}",
            sum_of_lines=f"{total:.2f}",
        )


def _place_customer(
    integration: PartnerIntegration, incoming: IncomingOrder, *, by: User | None
) -> tuple[CustomerMatch, Address]:
    language = integration.partner_specific_config.get("language", "nl")
    try:
        customer = find_or_create_customer(
            business_entity=integration.business_entity,
            name=incoming.customer_name,
            email=incoming.customer_email,
            phone=incoming.customer_phone,
            address=incoming.address,
            language=language,
            by=by,
        )
    except Malformed as error:
        raise Malformed(fields=[_as_sent(fault) for fault in error.fields]) from error
    address = create_address(
        **asdict(incoming.address),
        address_type=AddressType.INSTALLATION,
        business_entity=integration.business_entity,
        by=by,
    )
    return customer, address


def _as_sent(fault: FieldError) -> FieldError:
    """A field at fault, by the name it has in the partner's message."""
    pointer = fault.pointer.replace("/house_number_addition", "/addition")
    return replace(fault, pointer=f"/customer{pointer}")


def _order_data(
    integration: PartnerIntegration,
    incoming: IncomingOrder,
    customer: CustomerMatch,
    address: Address,
    articles: dict[str, Article],
) -> OrderData:
    particulars = integration.partner_specific_config
    return OrderData(
        business_entity=integration.business_entity,
        order_type=particulars.get("order_type", OrderType.INSTALLATION),
        customer=customer.organization,
        contact=customer.contact,
        partner_organization=integration.partner_organization,
        installation_address=address,
        lines=tuple(_line_data(line, articles.get(line.partner_sku)) for line in incoming.lines),
        priority_level=particulars.get("priority_level", Priority.NORMAL),
        requested_date=incoming.preferred_date,
        notes=incoming.notes,
        source=OrderSource.PARTNER,
        partner_reference=incoming.ids.partner_order_id,
        customer_differences=customer.differences,
    )


def _line_data(line: IncomingLine, article: Article | None) -> LineData:
    description, price = line.description, line.unit_price
    if article is None:
        description = description or _("Unknown article %(sku)s") % {"sku": line.partner_sku}
        price = price if price is not None else ZERO
    return LineData(
        article=article,
        description=description,
        quantity=line.quantity,
        unit_price=price,
        external_item_reference=line.partner_item_id,
        partner_sku=line.partner_sku,
    )


def _refer_to(order: Order, integration: PartnerIntegration, incoming: IncomingOrder) -> PartnerOrderReference:
    return insert(
        PartnerOrderReference(
            order=order,
            partner_organization=integration.partner_organization,
            integration=integration,
            queued_sequence=FIRST_SEQUENCE,
            queued_status=integration.outward_status(order.status) or "",
            **asdict(incoming.ids),
        )
    )


def _doubts(rule: dict[str, Any] | None, payload: dict[str, Any]) -> list[str]:
    """Whoever read the message for the partner says how sure that was."""
    sure = found_in(payload, rule["path"]) if rule else None
    if rule is None or (isinstance(sure, (int, float, Decimal)) and sure >= Decimal(str(rule["least"]))):
        return []
    return [_("The message was not read with certainty: %(sure)s") % {"sure": sure}]


def _ask_for_a_look(
    order: Order, incoming: IncomingOrder, address: Address, articles: dict[str, Article], doubts: list[str]
) -> None:
    unknown = {line.partner_sku for line in incoming.lines if line.partner_sku and line.partner_sku not in articles}
    unpriced = [line.description for line in incoming.lines if not line.partner_sku and line.unit_price is None]
    remarks = [
        *doubts,
        *(_("Unknown article: %(sku)s") % {"sku": sku} for sku in sorted(unknown)),
        *(_("Line without article and price: %(line)s") % {"line": line} for line in unpriced),
        *([_("The house number cannot be read: %(address)s") % {"address": address}] if address.flag else []),
    ]
    if remarks:
        create_task(
            title=_("Look at %(number)s: it came in otherwise than expected") % {"number": order.order_number},
            description="\n".join(remarks)[:4000],
            task_type=TaskType.RESEARCH,
            priority=TaskPriority.NORMAL,
            about=RecordRef(entity_type="order", entity_id=order.pk),
            business_entity=order.business_entity,
        )
