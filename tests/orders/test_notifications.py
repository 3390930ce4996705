"""Who is written to when: the customer of each order, and both when work stands still and goes on."""

import pytest

from apps.communication.models import CommunicationMessage
from apps.orders.models import Order, OrderHold
from apps.orders.services import create_order, order_hold_create, order_hold_resume
from tests.factories.organizations import ContactFactory, OrganizationFactory
from tests.orders.conftest import load
from tests.orders.test_placing import order_data

pytestmark = pytest.mark.usefixtures("policies", "templates", "mailboxes")


@pytest.fixture
def mailboxes(db):
    load("020_business_entities.json")
    load("060_channels.json")


@pytest.fixture
def entity(mailboxes):
    from apps.organizations.models import BusinessEntity

    return BusinessEntity.objects.get(entity_code="chargecars")


@pytest.fixture
def partner():
    organization = OrganizationFactory(partner=True)
    ContactFactory(organization=organization, email="orders@zonnestroom.example.nl", language="en")
    return organization


def letters():
    return [
        (message.recipient, message.template.template_code, message.language, message.delivery_status)
        for message in CommunicationMessage.objects.order_by("created_at", "recipient")
    ]


def test_the_customer_hears_that_the_order_came_in(entity, deliver_events):
    order = create_order(data=order_data(entity), by=None)

    deliver_events()

    message = CommunicationMessage.objects.get()
    assert letters() == [(order.primary_contact.email, "order_confirmation", "nl", "pending")]
    assert order.order_number in message.subject
    assert "2 × Laadpunt" in message.text
    assert "1.449,58" in message.text


def test_a_test_order_is_worded_and_never_leaves(entity, deliver_events):
    create_order(data=order_data(entity), by=None, is_test=True)

    deliver_events()

    assert [letter[3] for letter in letters()] == ["suppressed"]


def test_who_has_no_address_is_not_written_to(entity, deliver_events):
    contact = ContactFactory(organization__business_entity=entity, email="")
    create_order(data=order_data(entity, customer=contact.organization, contact=contact), by=None)

    deliver_events()

    assert letters() == []


def test_customer_and_partner_hear_of_a_hold_and_of_its_end(entity, partner, deliver_events):
    order = create_order(data=order_data(entity, partner_organization=partner, partner_reference="Z-1"), by=None)
    deliver_events()
    CommunicationMessage.objects.all().delete()

    order_hold_create(order=order, hold_reason_category="permits_pending", hold_reason_details="Wacht op vergunning", by=None)
    deliver_events()

    customer = order.primary_contact.email
    assert sorted(letters()) == sorted(
        [
            (customer, "hold_notification", "nl", "pending"),
            ("orders@zonnestroom.example.nl", "hold_notification_partner", "en", "pending"),
        ]
    )
    assert all("Wacht op vergunning" in message.text for message in CommunicationMessage.objects.all())
    hold = OrderHold.objects.get()
    assert (hold.customer_notified, hold.partner_notified) == (True, True)

    CommunicationMessage.objects.all().delete()
    order_hold_resume(order=Order.objects.get(), resolution_notes="Vergunning is binnen", by=None)
    deliver_events()

    assert sorted(letters()) == sorted(
        [
            (customer, "resume_notification", "nl", "pending"),
            ("orders@zonnestroom.example.nl", "resume_notification_partner", "en", "pending"),
        ]
    )


def test_who_did_not_hear_of_the_hold_does_not_hear_of_its_end(entity, partner, deliver_events):
    order = create_order(data=order_data(entity, partner_organization=partner), by=None)
    deliver_events()
    CommunicationMessage.objects.all().delete()

    order_hold_create(
        order=order,
        hold_reason_category="other",
        hold_reason_details="Intern",
        notify_customer=False,
        notify_partner=False,
        by=None,
    )
    deliver_events()
    order_hold_resume(order=Order.objects.get(), resolution_notes="Klaar", by=None)
    deliver_events()

    assert letters() == []
