"""A question from the website until the customer says how it was answered: what an agent, the clock and the post do in between."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from apps.communication.models import CommunicationMessage
from apps.core import clock
from apps.events.models import OutboxEvent
from apps.support.models import InboundMessage, Ticket, TicketPromise
from apps.support.services import make_source_secret, watch_promises
from tests.factories.organizations import BusinessEntityFactory
from tests.factories.support import InboundSourceFactory
from tests.orders.conftest import user_with
from tests.support.conftest import MONDAY

HOUR = timedelta(hours=1)


def letter_to(number_of_template, ticket):
    found = CommunicationMessage.objects.filter(thread__about_id=ticket.pk, template__template_code=number_of_template)
    return found.order_by("-created_at").first()


@pytest.mark.django_db
def test_a_question_from_the_website_until_it_is_rated(reference_data, client, deliver_events):
    entity = BusinessEntityFactory()
    agent = user_with("support.tickets", models=("view_ticket", "change_ticket"), entity=entity)
    desk = Client()
    source = InboundSourceFactory(business_entity=entity)
    secret = make_source_secret(source=source, by=None)

    def press(act, **answers):
        desk.force_login(agent)  # days lie between
        return desk.post(reverse("admin:support_ticket_button", args=[ticket.pk, act]), answers)

    # Monday, nine o'clock: somebody asks, and is told the number.
    with time_machine.travel(MONDAY, tick=False):
        asked = client.post(
            "/support/chargecars?language=nl",
            {
                "name": "Sanne de Wit",
                "email": "sanne@example.nl",
                "category": "technical",
                "subject": "Laadpaal knippert rood",
                "message": "Sinds gisteren laadt mijn auto niet meer.",
            },
        )
        deliver_events()
        ticket = Ticket.objects.get()
        assert ticket.ticket_number in client.get(asked.headers["Location"]).content.decode()
        assert letter_to("ticket_created", ticket).recipient == "sanne@example.nl"
        assert (ticket.response_sla_hours, ticket.resolution_sla_hours) == (8, 72)

    # Two hours later an agent asks for a photo, and the clock of the solution stands still.
    with time_machine.travel(MONDAY + 2 * HOUR, tick=False):
        press("answer", content="Stuurt u een foto van de meterkast?", then="pending", version=ticket.version)
        deliver_events()
        assert Ticket.objects.get().status == "pending"
        assert Ticket.objects.get().first_response_at == clock.now()
        assert TicketPromise.objects.get(kind="resolution").sla_deadline is None
    our_letter = letter_to("ticket_reply", ticket)

    # Nobody is warned meanwhile, however long it takes.
    with time_machine.travel(MONDAY + 100 * HOUR, tick=False):
        assert watch_promises(clock.now()) == 0

    # Days later the customer answers by mail, which Make.com hands over; the same call twice is heard once.
    with time_machine.travel(MONDAY + 102 * HOUR, tick=False):
        body = json.dumps(
            {
                "external_id": "AAMk1",
                "channel": "email",
                "from": "Sanne de Wit <sanne@example.nl>",
                "to": "support@chargecars.nl",
                "subject": "RE: Laadpaal",
                "text": "Hierbij de foto.\n\nOp 1 jun. 2026 om 11:00 schreef Support:\n> Stuurt u een foto?",
                "headers": {"message_id": "<1@mail.example.nl>", "in_reply_to": our_letter.external_message_id},
                "received_at": clock.now().isoformat(),
            }
        ).encode()
        moment = str(int(clock.now().timestamp()))
        key = base64.b64decode(secret.removeprefix("whsec_"))
        mark = base64.b64encode(hmac.new(key, f"msg_1.{moment}.".encode() + body, hashlib.sha256).digest()).decode()
        headers = {"webhook-id": "msg_1", "webhook-timestamp": moment, "webhook-signature": f"v1,{mark}"}
        for _ in range(2):
            assert (
                client.post("/hooks/inbound-message", body, content_type="application/json", headers=headers).status_code == 202
            )
        deliver_events()
        assert InboundMessage.objects.get().ticket == ticket
        fresh = Ticket.objects.get()
        assert (fresh.status, [comment.content for comment in fresh.comments.filter(author_contact__isnull=False)]) == (
            "open",
            ["Hierbij de foto."],
        )
        assert TicketPromise.objects.get(kind="resolution").sla_deadline == MONDAY + 172 * HOUR

    # It is solved in time, and the customer is asked how it went.
    with time_machine.travel(MONDAY + 104 * HOUR, tick=False):
        press("answer", content="De automaat stond uit; zet hem weer aan.", then="resolved", version=fresh.version)
        deliver_events()
        kept = TicketPromise.objects.get(kind="resolution")
        assert (kept.met_at, kept.is_overdue) == (clock.now(), False)
        assert not OutboxEvent.objects.filter(name="workflow.sla_stage_reached").exists()
        solution = letter_to("ticket_resolved", ticket)
        path = solution.text.partition("http://testserver")[2].split()[0]
        assert client.post(path, {"rating": "5", "comment": "Top."}).status_code == 200

    done = Ticket.objects.get()
    assert (done.status, done.satisfaction_rating, done.satisfaction_comment) == ("resolved", 5, "Top.")
