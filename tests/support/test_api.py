"""The API's contract: what it takes, what it tells to whom, and that a refusal leaves nothing behind."""

from uuid import uuid4

import pytest

from apps.communication.models import CommunicationMessage
from apps.orders.models import Order
from apps.support.choices import TicketStatus as S
from apps.support.models import Ticket, TicketComment
from apps.support.services import add_comment, cancel_ticket, resolve_ticket
from tests.factories.accounts import UserFactory
from tests.factories.orders import OrderFactory
from tests.factories.organizations import BusinessEntityFactory, ContactFactory, MembershipFactory
from tests.orders.conftest import Caller, assert_refused, user_with

NEW = {"business_entity": "chargecars", "subject": "Wanneer komen jullie?", "description": "Wij hebben nog niets gehoord."}
SANNE = {"customer": {"name": "Sanne de Wit", "email": "Sanne@example.nl"}}
FIELDS = [
    "id", "ticket_number", "ticket_type", "business_entity", "customer_organization", "contact", "order", "category", "priority",
    "status", "subject", "description", "resolution", "source", "assigned_department", "assigned_to", "escalation",
    "response_sla_hours", "resolution_sla_hours", "first_response_at", "resolved_at", "closed_at", "sla_deadline", "is_overdue",
    "satisfaction_rating", "satisfaction_comment", "sales_stage", "opportunity_value", "lead_source", "conversion_probability",
    "converted_order", "merged_into", "follow_up_of", "version", "created_at",
]  # fmt: skip
OWN_FIELDS = [
    "id", "ticket_number", "ticket_type", "business_entity", "order", "category", "status", "status_label", "subject",
    "description", "resolution", "resolved_at", "closed_at", "satisfaction_rating", "created_at",
]  # fmt: skip


@pytest.fixture
def own(customer):
    """Sanne's own login, as a customer."""
    user = user_with("support.tickets")
    user.memberships.all().delete()
    MembershipFactory(user=user, organization=customer.organization, business_entity=None)
    customer.user = user
    customer.save()
    return user


def test_a_new_ticket_is_told_as_it_stands(api):
    answer = api.post("tickets", NEW | SANNE | {"category": "technical", "priority": "high"})

    assert answer.status_code == 201
    told = answer.json()
    assert list(told) == FIELDS
    assert told["ticket_number"].startswith("SUP-")
    assert (told["ticket_type"], told["status"], told["category"], told["priority"]) == ("support", "new", "technical", "high")
    assert (told["assigned_department"], told["source"], told["version"]) == ("technical", "api", 1)
    assert (told["response_sla_hours"], told["resolution_sla_hours"], told["is_overdue"]) == (4, 72, False)
    assert told["sla_deadline"] is not None
    assert told["contact"]["email"] == "sanne@example.nl"


@pytest.mark.parametrize(
    ("kind", "series", "department"),
    [("support", "SUP", "support"), ("sales", "SAL", "sales"), ("inquiry", "INQ", "support")],
)
def test_each_type_has_its_series_and_department(api, kind, series, department):
    told = api.post("tickets", NEW | SANNE | {"ticket_type": kind}).json()

    assert (told["ticket_number"][:3], told["assigned_department"]) == (series, department)
    assert told["sales_stage"] == ("lead" if kind == "sales" else "")


WRONG = {
    "nobody asks": ({}, 400, "malformed", ["/customer"]),
    "unknown company": (SANNE | {"business_entity": "nobody"}, 400, "malformed", ["/business_entity"]),
    "unknown field": (SANNE | {"status": "closed"}, 400, "malformed", ["/status"]),
    "no subject": (SANNE | {"subject": ""}, 400, "malformed", ["/subject"]),
    "nothing but a script": (SANNE | {"description": "<script>x</script>"}, 400, "malformed", ["/description"]),
    "unknown category": (SANNE | {"category": "fun"}, 400, "malformed", ["/category"]),
    "unknown order": (SANNE | {"order": "CC-2026-99999"}, 400, "malformed", ["/order"]),
    "unknown contact": ({"contact": str(uuid4())}, 400, "malformed", ["/contact"]),
    "customer's broken address": ({"customer": {"name": "S", "email": "nope"}}, 400, "malformed", ["/customer/email"]),
    "a sale's category": (SANNE | {"category": "new_lead"}, 422, "ticket_refused", ["/category"]),
    "a sale's fields": (SANNE | {"sales_stage": "lead"}, 422, "ticket_refused", ["/sales_stage"]),
    "a chance of 101": (SANNE | {"ticket_type": "sales", "conversion_probability": 101}, 400, "malformed", ["/conversion_probability"]),
}  # fmt: skip


@pytest.mark.parametrize(("more", "status", "code", "pointers"), WRONG.values(), ids=WRONG)
def test_a_refused_ticket_leaves_nothing(api, more, status, code, pointers):
    assert_refused(api.post("tickets", NEW | more), status, code, *pointers)
    assert Ticket.objects.count() == 0


def test_an_order_of_another_customer_is_refused(api, customer, entity):
    order = OrderFactory(business_entity=entity)

    answer = api.post("tickets", NEW | {"contact": str(customer.pk), "order": order.order_number})

    assert_refused(answer, 422, "ticket_refused", "/order")
    assert Ticket.objects.count() == 0


def test_whoever_ordered_asks_about_the_order(api, entity):
    order = OrderFactory(business_entity=entity)

    told = api.post("tickets", NEW | {"order": order.order_number}).json()

    assert (told["order"], told["contact"]["id"]) == (order.order_number, str(order.primary_contact_id))


def test_a_ticket_is_found_by_key_and_by_number(api, ask):
    ticket = ask()

    assert api.get(f"tickets/{ticket.pk}").json() == api.get(f"tickets/{ticket.ticket_number}").json()


def test_a_change_carries_the_version_it_was_made_on(api, ask, agent):
    ticket = ask()

    changed = api.patch(f"tickets/{ticket.pk}", {"version": 1, "priority": "urgent", "assigned_to": str(agent.pk)})
    late = api.patch(f"tickets/{ticket.pk}", {"version": 1, "priority": "low"})

    assert changed.status_code == 200
    assert (changed.json()["version"], changed.json()["response_sla_hours"]) == (2, 1)
    assert changed.json()["assigned_to"] == {"id": str(agent.pk), "name": str(agent)}
    assert_refused(late, 409, "version_conflict")
    assert Ticket.objects.get().priority == "urgent"


def test_a_ticket_is_given_to_whoever_works_on_it(api, ask, agent):
    ticket = ask()
    outsider = UserFactory()
    elsewhere = user_with("support.tickets", entity=BusinessEntityFactory(entity_code="laderthuis"))

    assert api.post(f"tickets/{ticket.pk}/assign", {"assigned_to": str(agent.pk)}).json()["assigned_to"]["id"] == str(agent.pk)
    for stranger in (outsider, elsewhere):
        assert api.post(f"tickets/{ticket.pk}/assign", {"assigned_to": str(stranger.pk)}).status_code in (400, 422)
    assert Ticket.objects.get().assigned_to == agent
    assert api.post(f"tickets/{ticket.pk}/assign", {"assigned_to": None}).json()["assigned_to"] is None


def test_the_list_is_narrowed_by_each_filter(api, ask, agent):
    ask(subject="Laadpaal stuk", priority="urgent", assigned_to=agent)
    ask(subject="Offerte", ticket_type="sales")

    def found(**query):
        return [row["subject"] for row in api.get("tickets", **query).json()["results"]]

    assert found() == ["Offerte", "Laadpaal stuk"]
    assert found(type="sales") == found(ticket_type="sales") == found(assignee="none") == ["Offerte"]
    assert found(priority="urgent,high") == found(assignee="me") == found(assigned_to=str(agent.pk)) == ["Laadpaal stuk"]
    assert found(search="laadpaal") == found(search="LAADPAAL stuk") == ["Laadpaal stuk"]
    assert found(search="sanne@example.nl", status="new", entity="chargecars") == ["Offerte", "Laadpaal stuk"]
    assert found(overdue="true") == found(business_entity="laderthuis") == []
    assert len(found(overdue="false")) == 2
    assert api.get("tickets", overdue="maybe").status_code == api.get("tickets", colour="red").status_code == 400


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_asks_as_much_for_three_as_for_one(api, ask, count, django_assert_max_num_queries):
    for _ in range(count):
        ask()
    api.get("tickets")

    with django_assert_max_num_queries(12):
        assert len(api.get("tickets").json()["results"]) == count


def test_scripts_do_not_survive_in_what_is_said(api, ask):
    ticket = ask()
    said = "<p>Hallo <b>Sanne</b></p><script>alert(1)</script><img src=x onerror=alert(2)> a &lt; b"

    answer = api.post(f"tickets/{ticket.pk}/comments", {"content": said})

    assert answer.status_code == 201
    assert answer.json()["content"] == "Hallo Sanne\na < b"


def test_a_reply_is_mailed_and_kept_with_its_message(api, ask, deliver_events):
    ticket = ask()

    said = api.post(f"tickets/{ticket.pk}/comments", {"content": "Wij komen vrijdag.", "version": 1})
    deliver_events()

    assert said.status_code == 201
    letter = CommunicationMessage.objects.get(template__template_code="ticket_reply")
    assert TicketComment.objects.get().message == letter
    assert letter.thread.about_id == ticket.pk
    assert "Wij komen vrijdag." in letter.text
    assert ticket.ticket_number in letter.subject
    (told,) = api.get(f"tickets/{ticket.pk}/comments").json()["results"]
    assert (told["content"], told["delivery_status"], told["author"]["kind"]) == ("Wij komen vrijdag.", "pending", "staff")


def test_a_note_is_mailed_to_nobody(api, ask, deliver_events):
    ticket = ask()
    deliver_events()
    before = CommunicationMessage.objects.count()

    api.post(f"tickets/{ticket.pk}/comments", {"content": "Lastig mens.", "comment_type": "internal"})
    deliver_events()

    assert CommunicationMessage.objects.count() == before


def test_two_agents_who_answer_at_once(client, api, ask, entity):
    ticket = ask()
    other = Caller(client.__class__(), user_with("support.tickets", entity=entity))

    first = api.post(f"tickets/{ticket.pk}/comments", {"content": "Ik was eerst.", "version": 1})
    second = other.post(f"tickets/{ticket.pk}/comments", {"content": "Ik ook.", "version": 1})

    assert first.status_code == 201
    assert_refused(second, 409, "version_conflict")
    assert [comment.content for comment in TicketComment.objects.all()] == ["Ik was eerst."]


def test_resolving_takes_a_solution_and_mails_it_with_the_rating_link(api, ask, deliver_events):
    ticket = ask()
    api.post(f"tickets/{ticket.pk}/comments", {"content": "Dat zoek ik uit."})

    assert_refused(
        api.post(f"tickets/{ticket.pk}/status", {"status": "resolved"}), 400, "malformed", "/business_context/resolution"
    )
    answer = api.post(f"tickets/{ticket.pk}/status", {"status": "resolved", "resolution": "Wij komen vrijdag."})
    deliver_events()

    assert (answer.status_code, answer.json()["status"], answer.json()["resolution"]) == (200, "resolved", "Wij komen vrijdag.")
    letter = CommunicationMessage.objects.get(template__template_code="ticket_resolved")
    assert "http://testserver/rate/" in letter.text


def test_a_comment_can_be_the_solution(api, ask):
    ticket = ask()

    said = api.post(f"tickets/{ticket.pk}/comments", {"content": "Wij komen vrijdag.", "comment_type": "resolution"})

    assert (said.status_code, said.json()["is_resolution"]) == (201, True)
    assert Ticket.objects.get().status == S.RESOLVED


def test_a_step_that_is_none_is_refused(api, ask):
    ticket = ask()

    refused = api.post(f"tickets/{ticket.pk}/status", {"status": "closed"})

    assert_refused(refused, 409, "invalid_status_transition")
    assert refused.json()["allowed"] == ["open", "cancelled"]


# Merging and converting


def test_two_tickets_become_one(api, ask, deliver_events):
    first, second, third = ask(subject="Een"), ask(subject="Twee"), ask(subject="Drie")
    api.post(f"tickets/{third.pk}/comments", {"content": "Gezegd in drie."})
    api.post(f"tickets/{third.pk}/merge", {"into": second.ticket_number})

    answer = api.post(f"tickets/{second.pk}/merge", {"into": str(first.pk)})
    deliver_events()

    assert (answer.status_code, answer.json()["ticket_number"]) == (200, first.ticket_number)
    merged = Ticket.objects.filter(merged_into=first).order_by("ticket_number")
    assert [(each.subject, each.status) for each in merged] == [("Twee", S.CANCELLED), ("Drie", S.CANCELLED)]
    said = [
        row["content"] for row in api.get(f"tickets/{first.pk}/comments").json()["results"] if row["comment_type"] == "customer"
    ]
    assert said == ["Gezegd in drie."]
    told = CommunicationMessage.objects.filter(template__template_code="ticket_merged")
    assert {letter.subject for letter in told} == {
        f"Uw vraag {third.ticket_number} gaat verder als {second.ticket_number}",
        f"Uw vraag {second.ticket_number} gaat verder als {first.ticket_number}",
    }


def test_a_ticket_cannot_be_merged_into_just_anything(api, ask, agent, entity):
    ticket, done = ask(), ask()
    other = ask(contact=ContactFactory(organization__business_entity=entity))
    cancel_ticket(ticket=done, reason="Dubbel.", by=agent)

    for into in (ticket, done, other):
        assert_refused(api.post(f"tickets/{ticket.pk}/merge", {"into": into.ticket_number}), 422, "merge_refused", "/into")
    assert_refused(api.post(f"tickets/{ticket.pk}/merge", {"into": "SUP-2020-00001"}), 400, "malformed", "/into")
    fresh = Ticket.objects.get(pk=ticket.pk)
    assert (fresh.status, fresh.merged_into, TicketComment.objects.count()) == (S.NEW, None, 0)


def test_a_sales_ticket_becomes_an_order(client, leader, ask):
    api = Caller(client, leader)
    ticket = ask(ticket_type="sales", category="quote_request")

    answer = api.post(f"tickets/{ticket.pk}/convert", {"order_type": "installation"})
    again = api.post(f"tickets/{ticket.pk}/convert", {})

    assert answer.status_code == 201
    order = Order.objects.get()
    assert answer.json() == {"order_id": str(order.pk), "order_number": order.order_number}
    fresh = Ticket.objects.get()
    assert (fresh.converted_order, fresh.order, fresh.sales_stage, fresh.conversion_probability) == (order, order, "won", 100)
    assert order.customer_organization == ticket.customer_organization
    assert_refused(again, 422, "already_converted")
    assert Order.objects.count() == 1


def test_only_a_sales_ticket_becomes_an_order_and_only_by_a_seller(client, api, leader, ask):
    ticket = ask()

    assert api.post(f"tickets/{ticket.pk}/convert", {}).status_code == 403
    assert_refused(Caller(client, leader).post(f"tickets/{ticket.pk}/convert", {}), 422, "not_a_sales_ticket")
    assert Order.objects.count() == 0


# A customer's own


def test_a_customer_asks_and_sees_their_own_and_what_was_said_to_them(client, own, ask, agent, entity):
    ticket = ask()
    ask(contact=ContactFactory(organization__business_entity=entity))
    add_comment(ticket=ticket, content="Lastig mens.", comment_type="internal", by=agent)
    add_comment(ticket=ticket, content="Dat zoek ik uit.", by=agent)
    api = Caller(client, own)

    (seen,) = api.get("tickets").json()["results"]
    (said,) = api.get(f"tickets/{ticket.pk}/comments").json()["results"]
    answer = api.post(f"tickets/{ticket.pk}/comments", {"content": "Graag snel."})
    new = api.post("tickets", {"subject": "Nog iets", "description": "De kabel is kort."})

    assert (list(seen), seen["status_label"]) == (OWN_FIELDS, "In behandeling")
    assert (said["content"], said["author"]) == ("Dat zoek ik uit.", {"kind": "staff", "name": agent.first_name})
    assert (answer.status_code, new.status_code, list(new.json())) == (201, 201, OWN_FIELDS)
    assert TicketComment.objects.get(content="Graag snel.").author_contact == ticket.contact
    assert Ticket.objects.get(subject="Nog iets").customer_organization == ticket.customer_organization


def test_a_customer_works_on_no_ticket(client, own, ask, agent):
    ticket = ask()
    resolve_ticket(ticket=ask(), resolution="Klaar.", by=agent)
    api = Caller(client, own)
    body = {"content": "x", "comment_type": "internal"}

    assert api.post(f"tickets/{ticket.pk}/comments", body).status_code == 403
    assert api.patch(f"tickets/{ticket.pk}", {"version": 1, "priority": "urgent"}).status_code == 404
    for act, given in (("assign", {"assigned_to": None}), ("status", {"status": "open"}), ("merge", {"into": "x"})):
        assert api.post(f"tickets/{ticket.pk}/{act}", given).status_code == 404
    fresh = Ticket.objects.get(pk=ticket.pk)
    assert (fresh.status, fresh.version, fresh.comments.count()) == (S.NEW, 1, 0)
