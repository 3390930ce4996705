"""The life of a ticket, arrow by arrow, and what each step leaves behind."""

import itertools
from datetime import timedelta

import pytest
import time_machine
from django_fsm import can_proceed

from apps.core import clock
from apps.core.errors import Conflict, Forbidden, Malformed, Refused
from apps.support.choices import TicketStatus as S
from apps.support.models import Ticket, TicketComment
from apps.support.services import (
    add_comment,
    cancel_ticket,
    change_ticket_status,
    close_resolved,
    close_ticket,
    hear_customer,
    resolve_ticket,
    take_up_again,
    wait_for_customer,
)
from apps.workflow.machines import findings
from apps.workflow.models import StatusTransition
from apps.workflow.services import change_entity_status
from tests.support.conftest import MONDAY

ALLOWED = {
    ("open", S.NEW),
    ("wait", S.OPEN),
    ("take_up", S.PENDING),
    ("resolve", S.OPEN),
    ("resolve", S.PENDING),
    ("reopen", S.RESOLVED),
    ("close", S.RESOLVED),
    ("reopen_closed", S.CLOSED),
    ("cancel", S.NEW),
    ("cancel", S.OPEN),
    ("cancel", S.PENDING),
}
TRANSITIONS = sorted({name for name, _status in ALLOWED})


@pytest.mark.parametrize(("name", "status"), list(itertools.product(TRANSITIONS, S)))
def test_transition_table(name, status):
    assert can_proceed(getattr(Ticket(status=status), name)) is ((name, status) in ALLOWED)


def test_the_machine_has_no_faults():
    assert findings(Ticket) == []


def test_the_first_answer_opens_a_ticket_and_is_written_down(ask, agent):
    with time_machine.travel(MONDAY, tick=False):
        ticket = ask()
    with time_machine.travel(MONDAY + timedelta(hours=2), tick=False):
        comment = add_comment(ticket=ticket, content="Dat zoek ik uit.", by=agent)

    fresh = Ticket.objects.get()
    assert (fresh.status, fresh.first_response_at) == (S.OPEN, MONDAY + timedelta(hours=2))
    assert (comment.is_visible_to_customer, comment.author_user) == (True, agent)


def test_a_note_among_colleagues_is_no_answer(ask, agent):
    ticket = ask()

    comment = add_comment(ticket=ticket, content="Belt altijd na vijven.", comment_type="internal", by=agent)

    fresh = Ticket.objects.get()
    assert (fresh.status, fresh.first_response_at) == (S.NEW, None)
    assert comment.is_visible_to_customer is False


def test_the_customer_opens_a_ticket_that_waited_for_them(ask, agent, customer):
    ticket = ask()
    add_comment(ticket=ticket, content="Stuurt u een foto?", by=agent)
    wait_for_customer(ticket=Ticket.objects.get(), by=agent)

    comment = hear_customer(ticket=Ticket.objects.get(), content="Hierbij.", contact=customer, by=None)

    assert Ticket.objects.get().status == S.OPEN
    assert (comment.is_of_customer, comment.is_visible_to_customer) == (True, True)


@pytest.mark.parametrize("nothing", ["", "  \n", "<script>alert(1)</script>"])
def test_a_solution_says_what_it_is(ask, agent, nothing):
    ticket = ask()
    add_comment(ticket=ticket, content="Dat zoek ik uit.", by=agent)

    with pytest.raises(Malformed):
        resolve_ticket(ticket=Ticket.objects.get(), resolution=nothing, by=agent)

    assert Ticket.objects.get().status == S.OPEN
    assert TicketComment.objects.filter(is_resolution=True).count() == 0


def test_a_new_ticket_is_answered_and_resolved_at_once(ask, agent):
    ticket = ask()

    comment = resolve_ticket(ticket=ticket, resolution="U staat gepland op 5 juni.", by=agent)

    fresh = Ticket.objects.get()
    assert (fresh.status, fresh.resolution) == (S.RESOLVED, "U staat gepland op 5 juni.")
    assert fresh.first_response_at is not None
    assert fresh.resolved_at is not None
    assert (comment.comment_type, comment.is_resolution, comment.is_visible_to_customer) == ("resolution", True, True)
    steps = StatusTransition.objects.filter(entity_id=ticket.pk).order_by("sequence")
    assert [step.to_status for step in steps] == [S.NEW, S.OPEN, S.RESOLVED]


def test_the_generic_door_asks_for_a_solution_too(ask, agent):
    ticket = ask()
    add_comment(ticket=ticket, content="Dat zoek ik uit.", by=agent)
    move = {"entity_type": "ticket", "entity_id": ticket.pk, "to_status": S.RESOLVED, "by": agent}

    with pytest.raises(Malformed):
        change_entity_status(**move)
    change_entity_status(**move, business_context={"resolution": "Gepland op 5 juni."})

    assert Ticket.objects.get().resolution == "Gepland op 5 juni."
    assert TicketComment.objects.get(is_resolution=True).content == "Gepland op 5 juni."


def test_an_inquiry_never_waits(ask, agent):
    ticket = ask(ticket_type="inquiry")
    add_comment(ticket=ticket, content="Dat zoek ik uit.", by=agent)

    with pytest.raises(Conflict) as refused:
        wait_for_customer(ticket=Ticket.objects.get(), by=agent)

    assert (refused.value.code, refused.value.extra["allowed"]) == ("invalid_status_transition", [S.RESOLVED, S.CANCELLED])
    assert Ticket.objects.get().status == S.OPEN


def test_to_cancel_takes_a_reason(ask, agent):
    ticket = ask()

    with pytest.raises(Refused) as refused:
        cancel_ticket(ticket=ticket, reason=" ", by=agent)
    cancel_ticket(ticket=Ticket.objects.get(), reason="Reclame.", by=agent)

    assert refused.value.code == "reason_required"
    assert Ticket.objects.get().status == S.CANCELLED


def test_a_closed_ticket_is_reopened_by_a_leader_alone(ask, agent, leader):
    ticket = ask()
    resolve_ticket(ticket=ticket, resolution="Opgelost.", by=agent)
    close_ticket(ticket=Ticket.objects.get(), by=agent)

    with pytest.raises(Forbidden):
        take_up_again(ticket=Ticket.objects.get(), by=agent)
    assert Ticket.objects.get().status == S.CLOSED
    take_up_again(ticket=Ticket.objects.get(), by=leader)

    fresh = Ticket.objects.get()
    assert (fresh.status, fresh.resolved_at, fresh.closed_at) == (S.OPEN, None, None)


def test_a_resolved_ticket_closes_by_itself_after_a_week(ask, agent):
    with time_machine.travel(MONDAY, tick=False):
        resolve_ticket(ticket=ask(), resolution="Opgelost.", by=agent)
    with time_machine.travel(MONDAY + timedelta(days=7) - timedelta(seconds=1), tick=False):
        assert close_resolved() == 0
    with time_machine.travel(MONDAY + timedelta(days=9), tick=False):
        assert (close_resolved(), close_resolved()) == (1, 0)

        assert (Ticket.objects.get().status, Ticket.objects.get().closed_at) == (S.CLOSED, clock.now())


@pytest.mark.parametrize(("days", "heard"), [(13, True), (15, False)])
def test_a_closed_ticket_hears_its_customer_for_two_weeks(ask, agent, customer, days, heard):
    with time_machine.travel(MONDAY, tick=False):
        resolve_ticket(ticket=ask(), resolution="Opgelost.", by=agent)
        close_ticket(ticket=Ticket.objects.get(), by=agent)
    with time_machine.travel(MONDAY + timedelta(days=days), tick=False):
        if heard:
            hear_customer(ticket=Ticket.objects.get(), content="Toch niet.", contact=customer, by=None)
        else:
            with pytest.raises(Refused) as refused:
                hear_customer(ticket=Ticket.objects.get(), content="Toch niet.", contact=customer, by=None)
            assert refused.value.code == "ticket_finished"

    assert Ticket.objects.get().status == (S.OPEN if heard else S.CLOSED)
    assert TicketComment.objects.filter(content="Toch niet.").count() == heard


def test_whoever_acts_on_an_old_view_of_a_ticket_is_told(ask, agent, leader):
    ticket = ask()
    seen = ticket.version
    add_comment(ticket=ticket, content="Ik was eerst.", version=seen, by=agent)

    with pytest.raises(Conflict) as refused:
        add_comment(ticket=ticket, content="Ik ook.", version=seen, by=leader)
    with pytest.raises(Conflict):
        change_ticket_status(ticket=ticket, to_status=S.PENDING, version=seen, by=leader)

    assert refused.value.code == "version_conflict"
    assert [comment.content for comment in TicketComment.objects.all()] == ["Ik was eerst."]
