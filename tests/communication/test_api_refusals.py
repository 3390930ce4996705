"""What sending a notification over HTTP takes, and what it refuses."""

from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from apps.accounts.services import issue_access_token
from apps.communication.choices import DeliveryStatus
from apps.communication.models import CommunicationMessage
from tests.factories.communication import CommunicationChannelFactory, CommunicationTemplateFactory
from tests.factories.orders import OrderFactory
from tests.factories.organizations import BusinessEntityFactory, ContactFactory, OrganizationFactory
from tests.orders.conftest import user_with

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/notifications/send"


@pytest.fixture
def template():
    CommunicationChannelFactory(is_primary=True)
    return CommunicationTemplateFactory(template_code="order_confirmation")


@pytest.fixture
def client():
    BusinessEntityFactory()
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {issue_access_token(user_with('support.communication'))}")
    return client


def send(client, contact, **changes):
    body = {
        "template_id": "order_confirmation",
        "recipient_contact_id": str(contact.pk),
        "channel": "email",
        "variables": {"order_number": "CC-2026-00001"},
    }
    return client.post(ADDRESS, {**body, **changes}, format="json")


def test_a_message_is_taken_and_on_its_way(client, template):
    contact = ContactFactory()

    answer = send(client, contact)

    message = CommunicationMessage.objects.get()
    assert answer.status_code == 202
    assert answer.json()["message_id"] == str(message.pk)
    assert answer.json()["delivery_status"] == "pending"
    assert message.recipient == contact.email


def test_about_a_test_order_it_stays_inside(client, template):
    order = OrderFactory(is_test=True, order_number="TEST-CC-2026-00001")

    answer = send(client, ContactFactory(), about={"entity_type": "order", "entity_id": str(order.pk)})

    assert answer.json()["delivery_status"] == "suppressed"
    assert CommunicationMessage.objects.get().delivery_status == DeliveryStatus.SUPPRESSED


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"template_id": "unheard_of"}, 422, "template_unknown"),
        ({"variables": {}}, 422, "template_variable_missing"),
        ({"variables": {"order_number": "1", "total": "2"}}, 422, "template_variable_unknown"),
        ({"variables": {"order_number": 1}}, 400, "malformed"),
        ({"variables": {"order_number": "\x00"}}, 400, None),
        ({"channel": "pigeon"}, 400, "malformed"),
        ({"channel": "phone_call"}, 422, "channel_not_available"),
        ({"channel": "sms"}, 422, "address_missing"),
        ({"recipient_contact_id": str(uuid4())}, 404, "contact_not_found"),
        ({"about": {"entity_type": "order", "entity_id": str(uuid4())}}, 404, None),
        ({"about": {"entity_type": "moon", "entity_id": str(uuid4())}}, 404, None),
        ({"colour": "red"}, 400, "malformed"),
    ],
)
def test_what_is_wrong_is_refused_and_sends_nothing(client, template, changes, status, code):
    answer = send(client, ContactFactory(), **changes)

    assert answer.status_code == status, answer.content
    if code:
        assert answer.json()["code"] == code
    assert not CommunicationMessage.objects.exists()


def test_contacts_of_another_company_are_not_there(client, template):
    theirs = ContactFactory(organization=OrganizationFactory(business_entity=BusinessEntityFactory(entity_code="laderthuis")))

    assert send(client, theirs).status_code == 404
    assert not CommunicationMessage.objects.exists()


def test_without_the_right_nothing_is_sent(template):
    assert APIClient().post(ADDRESS, {}, format="json").status_code == 401
    stranger = APIClient()
    stranger.credentials(HTTP_AUTHORIZATION=f"Bearer {issue_access_token(user_with('finance.invoices'))}")
    assert send(stranger, ContactFactory()).status_code == 403
