from datetime import timedelta
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from apps.core import clock
from apps.orders.choices import (
    ACTIVE_STATUSES,
    ContactRole,
    HoldReason,
    OrderSource,
    OrderStatus,
    OrderType,
    OrderWorkflow,
    Relationship,
)
from apps.orders.models import LineItem, Order, OrderContact, OrderHold, OrderNote, OrderOrganization
from tests.factories.organizations import AddressFactory, BusinessEntityFactory, ContactFactory, OrganizationFactory


class OrderFactory(DjangoModelFactory):
    """A new lead of ChargeCars without lines. Another status alone moves it there past the engine, as a test may."""

    class Meta:
        model = Order

    business_entity = factory.SubFactory(BusinessEntityFactory)
    order_number = factory.Sequence(lambda n: f"CC-2026-{n:05d}")
    order_type = OrderType.INSTALLATION
    workflow = OrderWorkflow.INSTALLATION
    status = OrderStatus.NEW_LEAD
    source = OrderSource.BACK_OFFICE
    customer_organization = factory.SubFactory(OrganizationFactory, business_entity=factory.SelfAttribute("..business_entity"))
    primary_contact = factory.SubFactory(ContactFactory, organization=factory.SelfAttribute("..customer_organization"))
    installation_address = factory.SubFactory(AddressFactory)

    class Params:
        wholesale = factory.Trait(workflow=OrderWorkflow.WHOLESALE, order_type=OrderType.WEBSHOP, status=OrderStatus.NEW)
        of_partner = factory.Trait(partner_organization=factory.SubFactory(OrganizationFactory, partner=True))
        planned = factory.Trait(planned_start_date=factory.LazyFunction(clock.today))
        done = factory.Trait(status=OrderStatus.COMPLETED, actual_completion_date=factory.LazyFunction(clock.today))
        held = factory.Trait(status=OrderStatus.ON_HOLD, held_from=OrderStatus.QUOTE_SENT)


def order_in(status: str, *, workflow: str = OrderWorkflow.INSTALLATION, held_from: str = "", **fields: object) -> Order:
    """An order that stands somewhere in its workflow, with what the database asks of an order there."""
    completed = status == OrderStatus.COMPLETED
    return OrderFactory(
        wholesale=workflow == OrderWorkflow.WHOLESALE,
        status=status,
        held_from=held_from,
        planned_start_date=clock.today() if OrderStatus.SCHEDULED in (status, held_from) else None,
        actual_completion_date=clock.today() if completed else None,
        **fields,
    )


def statuses_in(workflow: str) -> list[tuple[str, str]]:
    """Every place in a workflow, as (status, held from): on hold is as many places as can be held."""
    active = [str(status) for status in ACTIVE_STATUSES[workflow]]
    return [(status, "") for status in active] + [(OrderStatus.ON_HOLD, status) for status in active]


class LineItemFactory(DjangoModelFactory):
    """One charging station of EUR 599, not from the catalogue."""

    class Meta:
        model = LineItem

    order = factory.SubFactory(OrderFactory)
    line_order = factory.Sequence(lambda n: n % 30_000 + 1)
    description = "Laadpunt 11 kW"
    quantity = Decimal("1.000")
    unit_price_customer = Decimal("599.0000")
    total = factory.LazyAttribute(lambda made: (made.quantity * made.unit_price_customer).quantize(Decimal("0.01")))


class OrderHoldFactory(DjangoModelFactory):
    """An active hold of an order that is on hold."""

    class Meta:
        model = OrderHold

    order = factory.SubFactory(OrderFactory, held=True)
    hold_reason_category = HoldReason.CUSTOMER_DELAY
    hold_reason_details = "De klant is op vakantie."
    previous_status = OrderStatus.QUOTE_SENT
    held_at = factory.LazyFunction(clock.now)
    escalation_date = factory.LazyFunction(lambda: clock.today() + timedelta(days=14))
    automatic_followup_date = factory.LazyFunction(lambda: clock.today() + timedelta(days=7))


class OrderOrganizationFactory(DjangoModelFactory):
    class Meta:
        model = OrderOrganization

    order = factory.SubFactory(OrderFactory)
    organization = factory.SubFactory(OrganizationFactory, partner=True)
    relationship_type = Relationship.DEALER


class OrderContactFactory(DjangoModelFactory):
    class Meta:
        model = OrderContact

    order = factory.SubFactory(OrderFactory)
    contact = factory.SubFactory(ContactFactory)
    role = ContactRole.ACCOUNT


class OrderNoteFactory(DjangoModelFactory):
    class Meta:
        model = OrderNote

    order = factory.SubFactory(OrderFactory)
    text = "Poort is dicht: bel een half uur vooraf."
    written_at = factory.LazyFunction(clock.now)
