from datetime import datetime

import pytest

from apps.core.clock import AMSTERDAM
from apps.organizations.models import BusinessEntity
from apps.support.services import TicketData, create_ticket
from tests.factories.accounts import UserFactory
from tests.factories.communication import CommunicationChannelFactory
from tests.factories.organizations import BusinessEntityFactory, ContactFactory, OrganizationFactory
from tests.orders.conftest import Caller, load, user_with

MONDAY = datetime(2026, 6, 1, 9, tzinfo=AMSTERDAM)


@pytest.fixture
def entity(db) -> BusinessEntity:
    """ChargeCars with the group's rules, its mailbox and its words."""
    entity = BusinessEntityFactory()
    for name in ("050_status_policies.json", "055_support.json", "070_message_templates.json", "072_ticket_templates.json"):
        load(name)
    CommunicationChannelFactory(business_entity=entity, is_primary=True)
    return entity


@pytest.fixture
def customer(entity):
    organization = OrganizationFactory(business_entity=entity, name="Sanne de Wit (Particulier)", email="sanne@example.nl")
    return ContactFactory(organization=organization, first_name="Sanne", last_name="de Wit", email="sanne@example.nl")


@pytest.fixture
def agent(entity):
    return user_with("support.tickets", models=("view_ticket", "change_ticket", "add_ticket"), entity=entity)


@pytest.fixture
def leader(entity):
    return user_with(
        "support.tickets", "support.escalate", "sales.orders", models=("view_ticket", "change_ticket"), entity=entity
    )


@pytest.fixture
def boss(db):
    return UserFactory(superuser=True, first_name="Pien", last_name="Planner")


@pytest.fixture
def ask(entity, customer):
    """Takes a question up, of Sanne unless it says otherwise."""

    def asked(by=None, **fields):
        given = {"subject": "Wanneer komen jullie?", "description": "Wij hebben nog niets gehoord.", "contact": customer}
        return create_ticket(data=TicketData(business_entity=entity, **given | fields), by=by)

    return asked


@pytest.fixture
def api(client, agent):
    return Caller(client, agent)
