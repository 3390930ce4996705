"""Who may have a notification sent over HTTP, and to whom."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from apps.accounts.choices import Scope
from apps.accounts.services import issue_access_token
from apps.communication.models import CommunicationMessage
from tests.factories.accounts import UserFactory
from tests.factories.communication import CommunicationChannelFactory, CommunicationTemplateFactory
from tests.factories.organizations import BusinessEntityFactory, ContactFactory, MembershipFactory, OrganizationFactory

pytestmark = pytest.mark.django_db

SEND = "/api/v1/notifications/send"


@pytest.fixture
def entity():
    return BusinessEntityFactory()


@pytest.fixture
def template(entity):
    CommunicationChannelFactory(is_primary=True, business_entity=entity)
    return CommunicationTemplateFactory()


@pytest.fixture
def contact(entity):
    return ContactFactory(organization=OrganizationFactory(business_entity=entity))


def user_with(*scopes, **membership):
    user = UserFactory()
    user.user_permissions.set(Permission.objects.filter(codename__in=[Scope(scope).codename for scope in scopes]))
    MembershipFactory(user=user, **membership)
    return user


def send(user, template, contact, **more):
    client = Client(headers={"authorization": f"Bearer {issue_access_token(user)}"})
    body = {
        "template_id": template.template_code,
        "recipient_contact_id": str(contact.pk),
        "channel": "email",
        "variables": {"order_number": "CC-2026-00001"},
        **more,
    }
    return client.post(SEND, body, content_type="application/json")


def test_a_colleague_sends_a_message_and_a_repeat_is_the_same_one(entity, template, contact):
    user = user_with("support.communication", business_entity=entity)

    first, second = (send(user, template, contact, dedupe_key="welcome-1") for _ in range(2))

    message = CommunicationMessage.objects.get()
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["message_id"] == second.json()["message_id"] == str(message.pk)
    assert (message.recipient, message.created_by) == (contact.email, user)


def test_a_key_gives_nobody_somebody_elses_message(entity, template, contact):
    user = user_with("support.communication", business_entity=entity)
    send(user, template, contact, dedupe_key="welcome-1")
    another = ContactFactory(organization=contact.organization, is_primary=False)

    answer = send(user, template, another, dedupe_key="welcome-1")

    assert (answer.status_code, answer.json()["code"]) == (409, "dedupe_key_mismatch")
    assert contact.email not in answer.content.decode()
    assert CommunicationMessage.objects.count() == 1


def test_without_the_scope_nothing_is_sent(entity, template, contact):
    answer = send(user_with("finance.invoices", business_entity=entity), template, contact)

    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert CommunicationMessage.objects.count() == 0


def test_a_contact_of_another_company_is_not_there(template, contact):
    stranger = user_with("support.communication", business_entity=BusinessEntityFactory(entity_code="laderthuis"))

    answer = send(stranger, template, contact)

    assert (answer.status_code, answer.json()["code"]) == (404, "contact_not_found")
    assert CommunicationMessage.objects.count() == 0


def test_a_partners_person_does_not_write_in_our_name(template):
    partner = OrganizationFactory(partner=True)
    agent = user_with("sales.orders", organization=partner, business_entity=None)

    answer = send(agent, template, ContactFactory(organization=partner))

    assert (answer.status_code, answer.json()["code"]) == (404, "contact_not_found")
    assert CommunicationMessage.objects.count() == 0
