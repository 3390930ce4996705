"""What others write to us: kept once, in the conversation it belongs to, by whom we know."""

from datetime import timedelta

import pytest

from apps.communication.choices import ChannelType, DeliveryStatus, MessageType
from apps.communication.models import CommunicationMessage, CommunicationThread, ContactPreference
from apps.communication.services import receive_message
from apps.core import clock
from apps.core.records import RecordRef
from apps.events.models import OutboxEvent
from tests.factories.communication import CommunicationChannelFactory, CommunicationMessageFactory, CommunicationThreadFactory
from tests.factories.organizations import BusinessEntityFactory, ContactFactory, OrganizationFactory

pytestmark = pytest.mark.django_db

NUMBER = "+31612345678"


@pytest.fixture
def line():
    return CommunicationChannelFactory(
        channel_type=ChannelType.WHATSAPP, channel_identifier="+31850000000", provider_channel_id="c1", is_primary=True
    )


def receive(line, text="Is dinsdag ook goed?", **changes):
    call = {"channel": line, "sender": NUMBER, "text": text, "external_message_id": "messagebird:m1"}
    return receive_message(**{**call, **changes})


def heard():
    return OutboxEvent.objects.filter(name="communication.message_received").count()


def test_a_message_of_somebody_we_know_is_kept_once(line):
    contact = ContactFactory(mobile=NUMBER)

    first, again = receive(line), receive(line, text="Iets anders")

    assert again == first
    assert (first.recipient_contact, first.sender, first.recipient) == (contact, NUMBER, "+31850000000")
    assert (first.message_type, first.delivery_status) == (MessageType.INCOMING, DeliveryStatus.RECEIVED)
    assert first.text == "Is dinsdag ook goed?"
    assert (CommunicationMessage.objects.count(), heard()) == (1, 1)


def test_a_reply_by_phone_stands_with_what_we_wrote_last(line):
    contact, order = ContactFactory(mobile=NUMBER), ContactFactory().pk
    thread = CommunicationThreadFactory(contact=contact, about_type="order", about_id=order)
    CommunicationMessageFactory(
        thread=thread,
        channel=line,
        channel_type=ChannelType.WHATSAPP,
        recipient=NUMBER,
        delivery_status=DeliveryStatus.SENT,
        sent_at=clock.now(),
    )

    assert receive(line).thread == thread


def test_what_the_door_says_it_is_about_counts_more(line):
    about = RecordRef(entity_type="ticket", entity_id=ContactFactory(mobile=NUMBER).pk)

    assert receive(line, about=about).thread.about == about


def test_somebody_unknown_has_a_conversation_of_their_own(line):
    one = receive(line)
    two = receive(line, sender="+31687654321", external_message_id="messagebird:m2")
    again = receive(line, external_message_id="messagebird:m3")

    assert one.recipient_contact is None
    assert one.thread.counterpart == NUMBER
    assert one.thread == again.thread != two.thread
    assert CommunicationThread.objects.count() == 2


def test_people_of_another_company_are_not_taken_for_ours(line):
    other = OrganizationFactory(business_entity=BusinessEntityFactory(entity_code="laderthuis"))
    ContactFactory(organization=other, mobile=NUMBER)

    assert receive(line).recipient_contact is None


def test_mail_is_recognised_by_its_address_in_any_case():
    mailbox = CommunicationChannelFactory(is_primary=True)
    contact = ContactFactory(email="sanne@example.nl")

    message = receive(mailbox, sender="Sanne@Example.nl", subject="Re: afspraak\n", external_message_id="<a@example.nl>")

    assert (message.recipient_contact, message.subject, message.sender) == (contact, "Re: afspraak", "sanne@example.nl")


@pytest.mark.parametrize("word", ["STOP", " stop. ", "Afmelden"])
def test_stop_ends_all_but_what_is_essential_through_that_channel(line, word):
    contact = ContactFactory(mobile=NUMBER)

    receive(line, text=word)

    said = ContactPreference.objects.filter(contact=contact).order_by("purpose")
    assert [(each.channel_type, each.purpose, each.is_allowed, each.source) for each in said] == [
        ("whatsapp", "marketing", False, "stop"),
        ("whatsapp", "service", False, "stop"),
    ]


def test_a_sentence_with_stop_in_it_is_a_sentence(line):
    ContactFactory(mobile=NUMBER)

    receive(line, text="Kunt u stoppen met boren voor negen uur?")

    assert not ContactPreference.objects.exists()


def test_a_clock_ahead_of_ours_and_signs_that_cannot_be_kept_do_no_harm(line):
    message = receive(line, text="nul\0byte", received_at=clock.now() + timedelta(days=3))

    assert message.text == "nul\ufffdbyte"
    assert message.sent_at <= clock.now()
