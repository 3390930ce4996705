"""One way in: whoever brings an order, a partner, a colleague or a program, it is accepted here."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import clock
from apps.core.errors import FieldError, Refused
from apps.core.prepared import insert, insert_all
from apps.core.records import ref_to
from apps.core.transactions import in_transaction
from apps.events.services import publish
from apps.orders.choices import INITIAL_STATUS, WHOLESALE_TYPES, OrderSource, OrderWorkflow, Priority
from apps.orders.events import OrderPlaced
from apps.orders.models import LineItem, Order
from apps.orders.services.lines import LineData, build_lines, total_of, write_totals
from apps.organizations.choices import DocumentType
from apps.organizations.models import Address, BusinessEntity, Contact, Organization
from apps.organizations.services import generate_entity_number
from apps.workflow.choices import TaskType
from apps.workflow.services import create_task, record_creation


@dataclass(frozen=True, kw_only=True)
class OrderData:
    """An order as it was asked for.

    `customer_differences` holds what came in with it about the customer and is not what we know, as
    {"phone": {"known": "...", "given": "..."}}.
    """

    business_entity: BusinessEntity
    order_type: str
    customer: Organization
    contact: Contact
    partner_organization: Organization | None = None
    partner_reference: str = ""
    root_organization: Organization | None = None
    installation_address: Address | None = None
    billing_address: Address | None = None
    shipping_address: Address | None = None
    lines: tuple[LineData, ...] = ()
    priority_level: str = Priority.NORMAL
    requested_date: date | None = None
    notes: str = ""
    source: str = OrderSource.API
    customer_differences: dict[str, Any] = field(default_factory=dict)
    duplicated_from: Order | None = None


@in_transaction
def create_order(*, data: OrderData, by: User | None, is_test: bool = False) -> Order:
    """Accept an order: with its number, lines, totals and first status, and tell whoever listens.

    Raises:
        Refused: order_refused, with each field at fault; lines_refused, too_many_lines, total_out_of_range.
    """
    _refuse_incoherent(data)
    lines = build_lines(data.lines)
    order = _build(data, is_test=is_test)
    write_totals(order, total_of(lines))
    # The series stays locked from here to the commit, and an order refused above has burnt no number.
    order.order_number = generate_entity_number(
        business_entity=data.business_entity, document_type=DocumentType.ORDER, on_date=clock.today(), test=is_test
    )
    insert(order)
    store_lines(order, lines)
    record_creation(order, by=by)
    if data.customer_differences:
        _ask_to_compare(order, by)
    publish(OrderPlaced(order_id=order.pk))
    return order


def workflow_for(business_entity: BusinessEntity, order_type: str) -> OrderWorkflow:
    """How an order of this type is dealt with: goods are sent, all else is installed where the company installs."""
    if order_type in WHOLESALE_TYPES or not business_entity.supports_work_orders:
        return OrderWorkflow.WHOLESALE
    return OrderWorkflow.INSTALLATION


def store_lines(order: Order, lines: list[LineItem]) -> None:
    """Store the lines of an order, in as many statements for a thousand as for one."""
    for line in lines:
        line.order = order
    insert_all(lines)


def _build(data: OrderData, *, is_test: bool) -> Order:
    workflow = workflow_for(data.business_entity, data.order_type)
    return Order(
        business_entity=data.business_entity,
        order_type=data.order_type,
        workflow=workflow,
        status=INITIAL_STATUS[workflow],
        is_test=is_test,
        source=data.source,
        customer_organization=data.customer,
        primary_contact=data.contact,
        partner_organization=data.partner_organization,
        partner_reference=data.partner_reference,
        root_organization=data.root_organization,
        installation_address=data.installation_address,
        billing_address=data.billing_address,
        shipping_address=data.shipping_address,
        priority_level=data.priority_level,
        requested_date=data.requested_date,
        notes=data.notes,
        customer_differences=data.customer_differences,
        duplicated_from=data.duplicated_from,
    )


def _refuse_incoherent(data: OrderData) -> None:
    wrong = [
        FieldError(pointer=f"/{name}", code=code, detail=detail)
        for is_wrong, name, code, detail in (
            (
                not data.business_entity.is_active,
                "business_entity",
                "business_entity_inactive",
                _("This company takes no orders."),
            ),
            (
                data.customer.business_entity_id not in {None, data.business_entity.pk},
                "customer",
                "customer_of_other_entity",
                _("This is a customer of another company of the group."),
            ),
            (not data.customer.is_active, "customer", "customer_inactive", _("This customer is no longer active.")),
            (
                data.contact.organization_id != data.customer.pk,
                "contact",
                "contact_of_other_organization",
                _("This contact belongs to another organization."),
            ),
            (
                data.partner_organization is not None and not data.partner_organization.is_partner,
                "partner",
                "not_a_partner",
                _("This organization is no partner."),
            ),
        )
        if is_wrong
    ]
    if wrong:
        raise Refused(wrong[0].detail, code="order_refused", fields=wrong)


def _ask_to_compare(order: Order, by: User | None) -> None:
    create_task(
        title=str(_("Compare the customer of order %(number)s") % {"number": order.order_number}),
        description=str(_("The order came with other details than we know. Nothing known was overwritten.")),
        task_type=TaskType.FOLLOW_UP,
        about=ref_to(order),
        business_entity=order.business_entity,
        created_by=by,
    )
