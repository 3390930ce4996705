"""Text messages of customers, from the provider's signed call to the ticket in which they are answered."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import translation

from apps.communication.models import CommunicationMessage
from apps.support.choices import TicketStatus as S
from apps.support.models import Ticket, TicketComment
from apps.support.services import merge_ticket, resolve_ticket
from tests.communication.text_messages import NUMBER, texting
from tests.fakes.messagebird import FakeMessageBird

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.fixture
def clock_at_noon():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def line(entity, clock_at_noon):
    """ChargeCars on WhatsApp, and Sanne with her phone."""
    provider = FakeMessageBird().start()
    with translation.override("en"):
        yield texting(provider)
    provider.stop()


@pytest.fixture
def write(line, client, deliver_events):
    """Has somebody write to us by WhatsApp, as MessageBird hands it over; gives the event, to be sent again."""

    def written(text, number=NUMBER, event=None):
        said = {"direction": "received", "type": "text", "content": {"text": text}, "from": number}
        event = event or line.provider.event("message.created", **said)
        assert line.tells(client, event).status_code == 200
        deliver_events()
        return event

    return written


def test_a_question_by_whatsapp_becomes_a_ticket_once(write, line):
    event = write("Mijn laadpaal doet niets meer.")
    write("", event=event)

    ticket = Ticket.objects.get()
    assert (ticket.contact, ticket.business_entity, ticket.source) == (line.sanne, line.whatsapp.business_entity, "whatsapp")
    assert (ticket.subject, ticket.description) == ("Mijn laadpaal doet niets meer.", "Mijn laadpaal doet niets meer.")
    assert (ticket.status, TicketComment.objects.count()) == (S.NEW, 0)


def test_what_is_not_signed_is_no_question(line, client, deliver_events):
    said = {"direction": "received", "type": "text", "content": {"text": "Hallo?"}, "from": NUMBER}

    assert line.tells(client, line.provider.event("message.created", **said), payload_hash="0" * 64).status_code == 401
    deliver_events()

    assert not Ticket.objects.exists()


def test_who_goes_on_texting_goes_on_in_the_same_ticket_for_a_day(write, clock_at_noon):
    write("Mijn laadpaal doet niets meer.")
    clock_at_noon.shift(timedelta(hours=23))
    write("Hij knippert rood.")

    ticket, comment = Ticket.objects.get(), TicketComment.objects.get()
    assert (comment.ticket, comment.content, comment.author_contact) == (ticket, "Hij knippert rood.", ticket.contact)
    assert comment.message == CommunicationMessage.objects.get(text="Hij knippert rood.")
    clock_at_noon.shift(timedelta(hours=25))
    write("Nog iets anders.")
    assert [each.description for each in Ticket.objects.order_by("ticket_number")] == [
        "Mijn laadpaal doet niets meer.",
        "Nog iets anders.",
    ]


def test_after_a_solution_a_text_asks_anew(write, agent):
    write("Mijn laadpaal doet niets meer.")
    resolve_ticket(ticket=Ticket.objects.get(), resolution="Zekering erin.", by=agent)

    write("En de factuur?")

    assert sorted(Ticket.objects.values_list("status", flat=True)) == [S.NEW, S.RESOLVED]
    assert TicketComment.objects.filter(author_contact__isnull=False).count() == 0


def test_a_text_after_its_ticket_was_merged_goes_on_in_the_other(write, clock_at_noon, agent):
    write("Mijn laadpaal doet niets meer.")
    first = Ticket.objects.get()
    clock_at_noon.shift(timedelta(hours=25))
    write("Nog steeds niets.")
    merge_ticket(ticket=Ticket.objects.exclude(pk=first.pk).get(), into=first, by=agent)

    write("Hij knippert rood.")

    assert Ticket.objects.count() == 2
    assert TicketComment.objects.get(content="Hij knippert rood.").ticket == first


@pytest.mark.parametrize("text", ["STOP", "Unsubscribe.", "stopp", "<br>", "\x01"])
def test_what_asks_nothing_makes_no_ticket(write, text):
    write(text)

    assert CommunicationMessage.objects.filter(sender=NUMBER).count() == 1
    assert not Ticket.objects.exists()


def test_a_stranger_stands_in_the_conversations_alone(write):
    write("Wat kost een laadpaal?", number="+31687654321")

    assert CommunicationMessage.objects.get().recipient_contact is None
    assert not Ticket.objects.exists()


def test_markup_and_halves_of_signs_do_not_survive(write):
    write("Zie <b>foto</b> \ud83d<script>alert(1)</script>")

    ticket = Ticket.objects.get()
    assert "<" not in ticket.description
    assert ticket.description.startswith("Zie foto")
