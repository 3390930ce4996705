"""A ticket's page as an agent uses it in a day."""

import pytest
from django.urls import reverse

from apps.accounts.choices import Role
from apps.core.errors import Malformed, Refused
from apps.support.choices import TicketStatus as S
from apps.support.forms import MergeForm
from apps.support.models import Macro, SupportPolicy, Ticket, TicketComment, TicketPromise
from apps.support.services import (
    TicketData,
    add_comment,
    create_ticket,
    escalate_ticket,
    merge_ticket,
    when_do_you_come,
)
from apps.workflow.models import InternalTask
from tests.factories.orders import OrderFactory, OrderHoldFactory
from tests.factories.organizations import BusinessEntityFactory, ContactFactory, OrganizationFactory
from tests.orders.conftest import user_with


@pytest.fixture
def page(client, agent):
    """Opens and answers a ticket's page as the agent."""
    client.force_login(agent)

    class Page:
        def get(self, ticket, **query):
            return client.get(reverse("admin:support_ticket_change", args=[ticket.pk]), query).content.decode()

        def press(self, ticket, act, **answers):
            return client.post(reverse("admin:support_ticket_button", args=[ticket.pk, act]), answers, follow=True)

    return Page()


def test_the_queue_shows_what_is_due_first(client, agent, ask):
    late, soon = ask(subject="Kan later", priority="low"), ask(subject="Spoed", priority="urgent")
    client.force_login(agent)

    answer = client.get(reverse("admin:support_ticket_changelist"), {"queue": "ours"})

    assert [ticket.pk for ticket in answer.context["cl"].result_list] == [soon.pk, late.pk]


def test_a_page_tells_the_question_the_order_and_the_hold(page, ask, entity, customer):
    order = OrderFactory(business_entity=entity, customer_organization=customer.organization, primary_contact=customer, held=True)
    OrderHoldFactory(order=order, hold_reason_details="De poort is te smal.")
    ticket = ask(order=order, description="<b>Wanneer</b> & hoe?")

    told = page.get(ticket)

    for part in (ticket.ticket_number, order.order_number, "De poort is te smal.", "Wanneer &amp; hoe?", "Sanne de Wit"):
        assert part in told


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"held": True}, "is on hold for now"),
        ({"status": "scheduled", "planned": True}, "We will come on"),
        ({"status": "planning"}, "We are looking for a day"),
        ({"done": True}, "was completed on"),
        ({}, "No day has been agreed"),
    ],
)
def test_the_answer_to_when_is_proposed_from_the_order(ask, entity, customer, fields, said):
    customer.language = "en"
    customer.save()
    order = OrderFactory(business_entity=entity, customer_organization=customer.organization, primary_contact=customer, **fields)

    text = when_do_you_come(ask(order=order))

    assert (order.order_number in text, said in text) == (True, True)


def test_a_macro_fills_in_the_answer_and_acts_with_it(page, ask, agent):
    ticket = ask()
    macro = Macro.objects.get(name="Foto van de meterkast")

    told = page.get(ticket, macro=macro.pk)
    page.press(ticket, "answer", content="Stuurt u een foto?", then="pending", macro=macro.pk, version=ticket.version)

    assert "Beste Sanne de Wit," in told
    fresh = Ticket.objects.get()
    assert (fresh.status, fresh.assigned_to) == (S.PENDING, agent)
    assert TicketComment.objects.get().content == "Stuurt u een foto?"


def test_an_answer_can_be_the_solution(page, ask):
    ticket = ask()

    page.press(ticket, "answer", content="Wij komen vrijdag.", then="resolved", version=ticket.version)

    assert (Ticket.objects.get().status, Ticket.objects.get().resolution) == (S.RESOLVED, "Wij komen vrijdag.")


def test_two_at_once_lose_nothing_of_what_they_typed(page, ask, agent, entity):
    ticket = ask()
    add_comment(ticket=ticket, content="Ik was eerst.", by=user_with("support.tickets", entity=entity))

    answer = page.press(ticket, "answer", content="Ik had ook iets.", then="open", version=1)

    told = answer.content.decode()
    assert ("Ik was eerst." in told, "Ik had ook iets." in told) == (True, True)
    assert TicketComment.objects.count() == 1
    page.press(ticket, "answer", content="Ik had ook iets.", then="open", version=Ticket.objects.get().version)
    assert TicketComment.objects.count() == 2


def test_who_else_has_it_open_is_told(client, page, ask, entity):
    ticket = ask()
    other = user_with("support.tickets", models=("view_ticket",), entity=entity)
    other.first_name = "Joost"
    other.save()
    page.get(ticket)
    client.force_login(other)
    client.get(reverse("admin:support_ticket_change", args=[ticket.pk]))
    client.force_login(ticket.business_entity.memberships.exclude(user=other).first().user)

    assert "Joost" in client.get(reverse("admin:support_ticket_change", args=[ticket.pk])).content.decode()


def test_a_note_stays_inside(page, ask):
    ticket = ask()

    page.press(ticket, "note", content="Belt na vijven.")

    comment = TicketComment.objects.get()
    assert (comment.comment_type, comment.is_visible_to_customer, Ticket.objects.get().status) == ("internal", False, S.NEW)


def test_a_call_is_written_down(client, agent, entity, customer):
    client.force_login(agent)
    given = {
        "kind": "support", "business_entity": entity.pk, "contact": customer.pk, "subject": "Gebeld",
        "description": "Laadpaal knippert rood.", "category": "technical", "priority": "high", "order": "", "assigned_to": agent.pk,
    }  # fmt: skip

    answer = client.post(reverse("admin:support_ticket_add"), given)

    assert answer.status_code == 302
    ticket = Ticket.objects.get()
    assert (ticket.subject, ticket.source, ticket.assigned_to, ticket.assigned_department) == (
        "Gebeld",
        "staff",
        agent,
        "technical",
    )


def test_a_promise_that_is_changed_in_the_admin_changes_the_tickets(client, boss, ask):
    ask()
    client.force_login(boss)
    policy = SupportPolicy.objects.get(ticket_type="support")
    given = {"ticket_type": "support", "priority": "", "business_entity": "", "response_sla_hours": 2, "resolution_sla_hours": 10}

    assert client.post(reverse("admin:support_supportpolicy_change", args=[policy.pk]), given).status_code == 302

    assert sorted(TicketPromise.objects.values_list("hours", flat=True)) == [2, 10]


def test_each_step_is_a_button(page, ask, leader, client):
    ticket = ask()

    page.press(ticket, "take-ticket")
    page.press(ticket, "open")
    page.press(ticket, "wait")
    page.press(ticket, "escalate", level="manager", reason="Dreigt met advocaat.")
    page.press(ticket, "cancel", reason="Dubbel.")

    fresh = Ticket.objects.get()
    assert (fresh.status, fresh.priority, fresh.escalation) == (S.CANCELLED, "urgent", "manager")


def test_a_promise_is_taken_back(client, boss, ask):
    ask()
    client.force_login(boss)
    policy = SupportPolicy.objects.get(ticket_type="support")

    answer = client.post(reverse("admin:support_supportpolicy_delete", args=[policy.pk]), {"post": "yes"})

    assert (answer.status_code, SupportPolicy.objects.filter(pk=policy.pk).exists()) == (302, False)
    # What is left is promised of every ticket of this priority.
    assert list(TicketPromise.objects.values_list("kind", "hours")) == [("first_response", 24)]


def test_an_escalation_is_somebodys_and_says_why(ask, agent, leader, entity):
    manager = user_with(group=Role.MANAGER, entity=entity)
    ticket = ask()

    with pytest.raises(Malformed):
        escalate_ticket(ticket=ticket, level="manager", reason="<br>", by=leader)
    assert (Ticket.objects.get().escalation, InternalTask.objects.count()) == ("none", 0)
    escalate_ticket(ticket=ticket, level="manager", reason="Dreigt met advocaat.", by=leader)

    assert InternalTask.objects.get().assigned_to == manager


def test_a_partner_is_seen_and_merged_within_each_company(page, ask, agent, entity):
    """A partner asks every company of the group; of what it asked one, another's agents see nothing."""
    partner = ContactFactory(organization=OrganizationFactory(partner=True))
    theirs = create_ticket(
        data=TicketData(
            business_entity=BusinessEntityFactory(entity_code="laderthuis"),
            contact=partner,
            subject="Onder ons",
            description="Geheim.",
        ),
        by=None,
    )
    ours = ask(contact=partner)

    told = page.get(ours)
    form = MergeForm(record=ours, by=agent)

    assert theirs.ticket_number not in told
    assert list(form.fields["into"].queryset) == []
    with pytest.raises(Refused) as refusal:
        merge_ticket(ticket=ours, into=theirs, by=agent)
    assert [field.code for field in refusal.value.fields] == ["merge_of_other_entity"]
    assert not Ticket.objects.exclude(merged_into=None).exists()


def test_that_somebody_who_left_was_not_mailed_is_said(page, ask, agent, customer, deliver_events):
    ticket = ask()
    customer.is_active = False
    customer.save()

    add_comment(ticket=ticket, content="Vrijdag.", by=agent)
    deliver_events()

    said = TicketComment.objects.filter(comment_type="system").values_list("content", flat=True)
    assert len([words for words in said if "not mailed" in words or "niet gemaild" in words]) == 2
