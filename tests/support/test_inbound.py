"""The door for messages of customers: who may knock, what is believed, and where a message ends up."""

import base64
import hashlib
import hmac
import itertools
import json
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from apps.communication.models import CommunicationMessage
from apps.core import clock
from apps.organizations.models import Contact
from apps.support.choices import InboundState, ThreadingDecision
from apps.support.choices import TicketStatus as S
from apps.support.incoming import read_incoming
from apps.support.models import InboundMessage, Ticket, TicketComment
from apps.support.services import (
    add_comment,
    cancel_ticket,
    close_ticket,
    make_source_secret,
    resolve_ticket,
    wait_for_customer,
)
from apps.workflow.models import InternalTask
from tests.factories.communication import CommunicationChannelFactory
from tests.factories.organizations import BusinessEntityFactory
from tests.factories.support import InboundSourceFactory

DOOR = "/hooks/inbound-message"
numbers = itertools.count(1)


@pytest.fixture
def source(entity):
    return InboundSourceFactory(business_entity=entity)


def signed(secret, body, *, call=None, at=None):
    call, moment = call or f"msg_{next(numbers)}", str(int((at or clock.now()).timestamp()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mark = hmac.new(key, f"{call}.{moment}.".encode() + body, hashlib.sha256).digest()
    return {"webhook-id": call, "webhook-timestamp": moment, "webhook-signature": f"v1,{base64.b64encode(mark).decode()}"}


def letter(**more):
    """A mail of Sanne's as Make.com hands it over."""
    return {
        "external_id": f"AAMk{next(numbers)}",
        "channel": "email",
        "from": "Sanne de Wit <Sanne@example.nl>",
        "to": "support@chargecars.example.nl",
        "subject": "Vraag",
        "text": "Wanneer komen jullie?",
        "headers": {"message_id": f"<m{next(numbers)}@mail.example.nl>"},
        "received_at": clock.now().isoformat(),
    } | more


@pytest.fixture
def hand_over(client, source, deliver_events):
    """Hands a message over as the source does; gives what became of it."""

    def handed(message, **how):
        body = json.dumps(message).encode()
        answer = client.post(DOOR, body, content_type="application/json", headers=signed(source.secret, body, **how))
        assert answer.status_code == 202, answer.content
        deliver_events()
        return InboundMessage.objects.get(pk=answer.json()["id"])

    return handed


@pytest.fixture
def answered(ask, agent, deliver_events):
    """A ticket of Sanne's that we answered, and the id of our letter."""
    add_comment(ticket=ask(), content="Dat zoek ik uit.", by=agent)
    deliver_events()
    return Ticket.objects.get(), CommunicationMessage.objects.get(template__template_code="ticket_reply").external_message_id


# Who may knock


FORGED = {
    "no signature": lambda headers: {**headers, "webhook-signature": ""},
    "another scheme": lambda headers: {**headers, "webhook-signature": headers["webhook-signature"].replace("v1,", "v2,")},
    "not base64": lambda headers: {**headers, "webhook-signature": "v1,é"},
    "cut off": lambda headers: {**headers, "webhook-signature": headers["webhook-signature"][:-8]},
    "the sixth of many": lambda headers: {**headers, "webhook-signature": "v1,AAAA " * 5 + headers["webhook-signature"]},
    "another call": lambda headers: {**headers, "webhook-id": "msg_other"},
    "no call": lambda headers: {**headers, "webhook-id": ""},
    "no moment": lambda headers: {**headers, "webhook-timestamp": ""},
    "a moment with a point": lambda headers: {**headers, "webhook-timestamp": headers["webhook-timestamp"] + ".0"},
    "a moment below zero": lambda headers: {**headers, "webhook-timestamp": "-1"},
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_a_forged_call_is_refused_and_leaves_nothing(client, source, forge):
    body = json.dumps(letter()).encode()

    answer = client.post(DOOR, body, content_type="application/json", headers=forge(signed(source.secret, body)))

    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_signature")
    assert InboundMessage.objects.count() == 0


def test_a_call_of_another_secret_body_or_time_is_refused(client, source):
    body = json.dumps(letter()).encode()
    other = "whsec_" + base64.b64encode(b"x" * 32).decode()
    late, early = clock.now() - timedelta(seconds=301), clock.now() + timedelta(seconds=302)

    for headers, sent in (
        (signed(other, body), body),
        (signed(source.secret, body), body + b" "),
        (signed(source.secret, body, at=late), body),
        (signed(source.secret, body, at=early), body),
    ):
        assert client.post(DOOR, sent, content_type="application/json", headers=headers).status_code == 401
    assert InboundMessage.objects.count() == 0


def test_a_source_that_is_switched_off_is_heard_no_more(client, source):
    source.is_active = False
    source.save()
    body = json.dumps(letter()).encode()

    assert client.post(DOOR, body, content_type="application/json", headers=signed(source.secret, body)).status_code == 401


def test_for_a_day_the_secret_before_is_good_too(client, source):
    before = source.secret
    after = make_source_secret(source=source, by=None)

    def knock(secret):
        body = json.dumps(letter()).encode()
        return client.post(DOOR, body, content_type="application/json", headers=signed(secret, body)).status_code

    assert (knock(before), knock(after)) == (202, 202)
    with time_machine.travel(clock.now() + timedelta(days=1, seconds=1)):
        assert (knock(before), knock(after)) == (401, 202)


def test_a_replayed_call_and_a_doubled_message_change_nothing(hand_over):
    message = letter()

    first, replayed = hand_over(message, call="msg_same"), hand_over(message, call="msg_same")
    doubled = hand_over(message, call="msg_other")

    assert first == replayed == doubled
    assert (Ticket.objects.count(), InboundMessage.objects.count()) == (1, 1)


# Where it ends up


def test_a_new_question_becomes_a_ticket_of_a_known_customer(hand_over, customer):
    inbound = hand_over(letter(subject="Laadpaal kapot", text="Hij doet niets meer."))

    ticket = Ticket.objects.get()
    assert (inbound.state, inbound.decision, inbound.ticket) == (InboundState.TAKEN_UP, ThreadingDecision.NEW, ticket)
    assert (ticket.contact, ticket.source, ticket.category, ticket.assigned_department) == (
        customer,
        "email",
        "technical",
        "technical",
    )
    assert inbound.message.thread.about_id == ticket.pk
    assert json.loads(inbound.raw)["subject"] == "Laadpaal kapot"


def test_an_answer_to_our_letter_belongs_to_its_ticket(hand_over, answered, agent):
    ticket, our_id = answered
    wait_for_customer(ticket=ticket, by=agent)

    inbound = hand_over(letter(subject="Re: iets anders", headers={"message_id": "<x@y.nl>", "in_reply_to": our_id}))

    comment = TicketComment.objects.get(author_contact__isnull=False)
    assert (inbound.decision, inbound.evidence) == (ThreadingDecision.MESSAGE_ID, our_id)
    assert (inbound.comment, comment.ticket, comment.message) == (comment, ticket, inbound.message)
    assert (Ticket.objects.count(), Ticket.objects.get().status) == (1, S.OPEN)


def test_a_number_counts_from_somebody_of_the_ticket_alone(hand_over, ask):
    number = ask().ticket_number

    known = hand_over(letter(subject=f"RE: {number.lower()}"))
    stranger = hand_over(letter(subject=f"RE: {number}", **{"from": "Vreemd <vreemd@example.nl>"}))

    assert (known.decision, known.ticket.ticket_number) == (ThreadingDecision.NUMBER, number)
    assert stranger.decision == ThreadingDecision.NEW
    assert stranger.ticket.ticket_number != number
    assert number in stranger.evidence
    assert Ticket.objects.get(ticket_number=number).comments.count() == 1


def test_a_subject_alone_ties_nothing(hand_over, ask):
    ticket = ask(subject="Vraag")

    assert hand_over(letter(subject="Re: Vraag")).ticket != ticket


def test_a_guessed_id_ties_nothing(hand_over, ask):
    ticket = ask()

    inbound = hand_over(letter(headers={"in_reply_to": f"<{ticket.pk}@chargecars.example.nl>"}))

    assert inbound.decision == ThreadingDecision.NEW


def test_what_was_said_to_a_merged_ticket_is_said_to_the_other(hand_over, answered, ask, agent):
    from apps.support.services import merge_ticket

    ticket, our_id = answered
    other = ask()
    merge_ticket(ticket=ticket, into=other, by=agent)

    assert hand_over(letter(headers={"in_reply_to": our_id})).ticket == other


def test_an_answer_to_a_ticket_that_is_done_with_begins_a_new_one_that_refers_to_it(hand_over, answered, agent):
    ticket, our_id = answered
    resolve_ticket(ticket=ticket, resolution="Klaar.", by=agent)
    close_ticket(ticket=Ticket.objects.get(), by=agent)
    with time_machine.travel(clock.now() + timedelta(days=30)):
        inbound = hand_over(letter(headers={"references": f"<z@z.nl> {our_id}"}))

    assert (inbound.decision, inbound.ticket.follow_up_of) == (ThreadingDecision.FOLLOW_UP, ticket)
    assert Ticket.objects.get(pk=ticket.pk).status == S.CLOSED


def test_a_cancelled_ticket_is_not_woken(hand_over, answered, agent):
    ticket, our_id = answered
    cancel_ticket(ticket=ticket, reason="Reclame.", by=agent)

    assert hand_over(letter(headers={"in_reply_to": our_id})).decision == ThreadingDecision.FOLLOW_UP
    assert Ticket.objects.get(pk=ticket.pk).status == S.CANCELLED


AUTOMATIC = [
    {"headers": {"auto_submitted": "auto-replied"}},
    {"headers": {"Auto-Submitted": "auto-generated"}},
    {"headers": {"Precedence": "bulk"}},
    {"headers": {"X-Autoreply": "yes"}},
    {"headers": {"Return-Path": "<>"}},
    {"from": "MAILER-DAEMON@mail.example.nl"},
]


@pytest.mark.parametrize("sign", AUTOMATIC)
def test_an_automatic_answer_makes_no_ticket_and_gets_no_answer(hand_over, answered, sign):
    _ticket, our_id = answered
    before = CommunicationMessage.objects.count()
    headers = {"in_reply_to": our_id} | sign.get("headers", {})

    inbound = hand_over(letter(**{**sign, "headers": headers}))

    assert (inbound.state, inbound.decision) == (InboundState.LEFT, ThreadingDecision.AUTOMATIC)
    assert (Ticket.objects.count(), CommunicationMessage.objects.count()) == (1, before)


@pytest.mark.parametrize("header", ["List-Id", "X-Auto-Response-Suppress", "Precedence"])
def test_a_letter_that_came_by_a_group_of_addresses_is_a_question(hand_over, header):
    inbound = hand_over(letter(headers={header: "list"}))

    assert inbound.state == InboundState.TAKEN_UP
    assert Ticket.objects.get() == inbound.ticket


def test_one_who_answers_each_confirmation_is_confirmed_to_three_times_a_day(hand_over):
    for _ in range(6):
        hand_over(letter())

    assert Ticket.objects.count() == 6
    assert CommunicationMessage.objects.filter(template__template_code="ticket_created").count() == 3


def test_our_own_letter_that_comes_back_is_left_alone(hand_over, answered):
    _ticket, our_id = answered

    inbound = hand_over(letter(headers={"message_id": our_id}))

    assert (inbound.state, Ticket.objects.count()) == (InboundState.LEFT, 1)


UNREADABLE = [
    b"",
    b"not json",
    b"[1]",
    b'{"from": "nobody"}',
    b'{"from": 7, "text": "x"}',
    b'{"channel": "pigeon", "from": "a@b.nl"}',
    b'{"from": "a@b.nl", "from": "c@d.nl"}',
    b"\xff\xfe\x00",
    b'{"from": "a@b.nl", "text": "\\u0000x"}',
    b"[" * 5000,
]


@pytest.mark.parametrize("body", UNREADABLE, ids=range(len(UNREADABLE)))
def test_what_cannot_be_read_is_kept_and_somebody_is_asked(client, source, deliver_events, body):
    answer = client.post(DOOR, body, content_type="application/json", headers=signed(source.secret, body))
    deliver_events()

    assert answer.status_code == 202
    inbound = InboundMessage.objects.get()
    task = InternalTask.objects.get()
    assert (inbound.state, task.about_id, Ticket.objects.count()) == (InboundState.UNREADABLE, inbound.pk, 0)


def test_what_is_longer_than_a_question_makes_no_customer_either(hand_over):
    inbound = hand_over(letter(text="x" * 50_001, **{"from": "Nieuw <nieuw@example.nl>"}))

    assert (inbound.state, InternalTask.objects.count(), Ticket.objects.count()) == (InboundState.UNREADABLE, 1, 0)
    assert not Contact.objects.filter(email="nieuw@example.nl").exists()


def test_too_much_is_refused(client, source):
    body = b"x" * 262_145

    assert client.post(DOOR, body, content_type="application/json", headers=signed(source.secret, body)).status_code in (400, 413)
    assert InboundMessage.objects.count() == 0


# What was written


def test_of_html_the_words_are_kept_and_what_it_answers_is_left_out(hand_over):
    html = "<style>p{color:red}</style><p>Graag <b>snel</b>.</p><script>alert(1)</script><img src='https://x.nl/pixel'>"

    hand_over(
        letter(text="", html=html + "<p>Op 2 feb. 2026 om 05:28 schreef Support &lt;support@x.nl&gt;:</p><p>Dat zoek ik uit.</p>")
    )

    assert Ticket.objects.get().description == "Graag snel."


def test_more_than_a_line_of_headers_is_read_as_mail_programs_write_them():
    message = letter(headers={"References": "<a@b.nl>\r\n <c@d.nl>", "In-Reply-To": "<e@f.nl>", "Message-ID": "<g@h.nl>"})

    read = read_incoming(json.dumps(message).encode())

    assert (read.message_id, read.message_ids) == ("<g@h.nl>", ("<e@f.nl>", "<a@b.nl>", "<c@d.nl>"))
    assert (read.sender, read.sender_name) == ("sanne@example.nl", "Sanne de Wit")


# The same letter twice, and what stands for nothing


def test_one_letter_to_two_mailboxes_of_a_company_is_one_question(hand_over):
    sent = {"headers": {"message_id": "<one@mail.example.nl>"}}

    first = hand_over(letter(**sent))
    second = hand_over(letter(to="verkoop@chargecars.example.nl", **sent))

    assert (second.state, second.ticket, second.message, second.decision) == (InboundState.LEFT, first.ticket, None, "")
    assert Ticket.objects.count() == 1


def test_one_letter_to_two_companies_is_a_question_to_each(hand_over, entity):
    other = CommunicationChannelFactory(business_entity=BusinessEntityFactory(entity_code="laderthuis"), is_primary=True)
    sent = {"headers": {"message_id": "<one@mail.example.nl>"}}

    first = hand_over(letter(**sent))
    second = hand_over(letter(to=other.channel_identifier, **sent))

    assert [each.ticket.business_entity for each in (first, second)] == [entity, other.business_entity]
    assert [each.message.thread.business_entity for each in (first, second)] == [entity, other.business_entity]
    assert [each.state for each in (first, second)] == [InboundState.TAKEN_UP] * 2


def test_an_id_that_somebody_else_used_silences_nobody(hand_over):
    sent = {"headers": {"message_id": "<one@mail.example.nl>"}}

    first = hand_over(letter(**sent, **{"from": "Vreemd <vreemd@example.nl>"}))
    second = hand_over(letter(**sent))

    assert (second.state, second.sender) == (InboundState.TAKEN_UP, "sanne@example.nl")
    assert second.ticket != first.ticket
    assert second.message != first.message


def test_the_page_of_a_ticket_proves_nothing_by_an_automatic_answer(hand_over, answered, agent, client):
    ticket, our_id = answered
    inbound = hand_over(letter(headers={"in_reply_to": our_id, "auto_submitted": "auto-replied"}))
    client.force_login(agent)

    page = client.get(reverse("admin:support_ticket_change", args=[ticket.pk])).content.decode()

    assert inbound.evidence not in page
