"""What we promise of a ticket, through its services, and as arithmetic over its log."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.events.models import OutboxEvent
from apps.support.choices import PromiseKind
from apps.support.choices import TicketStatus as S
from apps.support.models import SupportPolicy, Ticket, TicketPromise
from apps.support.promises import course_of, stricter
from apps.support.services import (
    add_comment,
    cancel_ticket,
    delete_support_policy,
    hear_customer,
    resolve_ticket,
    save_support_policy,
    take_up_again,
    update_ticket,
    wait_for_customer,
    watch_promises,
)
from apps.workflow.calendars import ROUND_THE_CLOCK
from apps.workflow.models import InternalTask
from apps.workflow.services import delete_calendar, save_calendar
from apps.workflow.sla import Step
from tests.factories.support import SupportPolicyFactory
from tests.factories.workflow import BusinessCalendarFactory
from tests.support.conftest import MONDAY

HOUR = timedelta(hours=1)


def at(hours):
    """The clock stands so many hours after Monday morning."""
    return time_machine.travel(MONDAY + hours * HOUR, tick=False)


def promise(kind=PromiseKind.RESOLUTION):
    return TicketPromise.objects.get(kind=kind)


def due(kind=PromiseKind.RESOLUTION):
    """In how many hours since Monday morning; None while the clock stands still."""
    deadline = promise(kind).sla_deadline
    return None if deadline is None else (deadline - MONDAY) / HOUR


@pytest.mark.parametrize(
    ("ticket_type", "priority", "response", "resolution"),
    [
        ("support", "normal", 8, 72),
        ("support", "urgent", 1, 72),
        ("support", "high", 4, 72),
        ("support", "low", 8, 72),
        ("sales", "normal", 4, 48),
        ("sales", "urgent", 1, 48),
        ("inquiry", "high", 4, 48),
    ],
)
def test_the_stricter_of_type_and_priority_counts(ask, ticket_type, priority, response, resolution):
    with at(0):
        ticket = ask(ticket_type=ticket_type, priority=priority)

    assert (ticket.response_sla_hours, ticket.resolution_sla_hours) == (response, resolution)
    assert (due(PromiseKind.FIRST_RESPONSE), due()) == (response, resolution)


def test_a_company_may_promise_more_than_the_group(ask, entity):
    SupportPolicyFactory(business_entity=entity, response_sla_hours=2, resolution_sla_hours=None)

    ticket = ask()

    assert (ticket.response_sla_hours, ticket.resolution_sla_hours) == (2, None)
    assert [each.kind for each in TicketPromise.objects.all()] == [PromiseKind.FIRST_RESPONSE]


def test_the_first_answer_keeps_its_promise_for_good(ask, agent):
    with at(0):
        ticket = ask()
    with at(3):
        add_comment(ticket=ticket, content="Dat zoek ik uit.", by=agent)

    kept = promise(PromiseKind.FIRST_RESPONSE)
    assert (kept.met_at, kept.sla_deadline, kept.is_overdue) == (MONDAY + 3 * HOUR, None, False)


def test_waiting_for_the_customer_does_not_count(ask, agent, customer):
    with at(0):
        ticket = ask()
    with at(1):
        add_comment(ticket=ticket, content="Stuurt u een foto?", by=agent)
        wait_for_customer(ticket=Ticket.objects.get(), by=agent)
    assert due() is None
    with at(31):
        hear_customer(ticket=Ticket.objects.get(), content="Hierbij.", contact=customer, by=None)

    assert (due(), promise().held) == (102, 30 * HOUR)


def test_a_solution_that_was_none_goes_on_where_its_clock_stood(ask, agent):
    with at(0):
        ticket = ask()
    with at(10):
        resolve_ticket(ticket=ticket, resolution="Opgelost.", by=agent)
    assert (promise().met_at, due()) == (MONDAY + 10 * HOUR, None)
    with at(50):
        take_up_again(ticket=Ticket.objects.get(), by=agent)

    assert (due(), promise().met_at) == (112, None)


def test_waiting_never_washes_a_late_ticket_clean(ask, agent, customer):
    with at(0):
        ticket = ask()
    with at(80):
        watch_promises(MONDAY + 80 * HOUR)
        add_comment(ticket=ticket, content="Stuurt u een foto?", by=agent)
        wait_for_customer(ticket=Ticket.objects.get(), by=agent)
        assert promise().is_overdue is True
    with at(500):
        hear_customer(ticket=Ticket.objects.get(), content="Hierbij.", contact=customer, by=None)

        assert (promise().is_overdue, due()) == (True, 492)
        assert [found.pk for found in Ticket.objects.overdue(at=MONDAY + 500 * HOUR)] == [ticket.pk]


def test_another_priority_keeps_the_pauses(ask, agent, customer):
    with at(0):
        ticket = ask(ticket_type="sales", priority="low")
    SupportPolicy.objects.filter(priority="urgent").update(resolution_sla_hours=24)
    with at(1):
        add_comment(ticket=ticket, content="Stuurt u een foto?", by=agent)
        wait_for_customer(ticket=Ticket.objects.get(), by=agent)
    with at(11):
        hear_customer(ticket=Ticket.objects.get(), content="Hierbij.", contact=customer, by=None)
        urgent = Ticket.objects.get()
        update_ticket(ticket=urgent, changes={"priority": "urgent"}, version=urgent.version, by=agent)

    assert (due(), Ticket.objects.get().resolution_sla_hours) == (34, 24)


def test_a_changed_policy_recomputes_what_runs_and_keeps_the_pauses(ask, agent, customer):
    with at(0):
        ticket = ask()
    with at(1):
        add_comment(ticket=ticket, content="Stuurt u een foto?", by=agent)
        wait_for_customer(ticket=Ticket.objects.get(), by=agent)
    with at(11):
        hear_customer(ticket=Ticket.objects.get(), content="Hierbij.", contact=customer, by=None)
    with at(12):
        policy = SupportPolicy.objects.get(ticket_type="support")
        policy.resolution_sla_hours = 1
        save_support_policy(policy=policy, by=None)
        assert (due(), promise().is_overdue) == (11, True)
        policy.resolution_sla_hours = 100
        save_support_policy(policy=policy, by=None)
        assert (due(), promise().is_overdue) == (110, False)


def test_a_policy_that_is_taken_away_takes_its_promise_along(ask):
    with at(0):
        ask()
        delete_support_policy(policy=SupportPolicy.objects.get(ticket_type="support"), by=None)

        assert [(each.kind, each.hours) for each in TicketPromise.objects.all()] == [(PromiseKind.FIRST_RESPONSE, 24)]
        assert Ticket.objects.get().resolution_sla_hours is None


def test_what_is_cancelled_is_promised_no_more(ask, agent):
    with at(0):
        ticket = ask()
    with at(1):
        cancel_ticket(ticket=ticket, reason="Reclame.", by=agent)
    with at(1000):
        assert watch_promises(MONDAY + 1000 * HOUR) == 0

        assert list(Ticket.objects.overdue(at=MONDAY + 1000 * HOUR)) == []
        assert {(each.ended_at, each.is_overdue) for each in TicketPromise.objects.all()} == {(MONDAY + HOUR, False)}


def told():
    """The stages that were told of: which promise, which stage."""
    rows = OutboxEvent.objects.filter(name="workflow.sla_stage_reached").order_by("created_at", "id")
    return [(row.payload["promise"], row.payload["stage"]) for row in rows]


def test_each_stage_of_each_promise_is_told_once(ask):
    with at(0):
        ask()
    for hours in (6.5, 6.5, 7.5, 9, 9, 33):
        with at(hours):
            watch_promises(MONDAY + hours * HOUR)

    assert told() == [("first_response", stage) for stage in ("reminder_75", "warning_90", "breached", "escalated")]


def test_a_broken_promise_asks_somebody_once_and_is_settled_by_the_answer(ask, agent):
    with at(0):
        ticket = ask(assigned_to=agent)
    with at(9):
        watch_promises(MONDAY + 9 * HOUR)
        task = InternalTask.objects.get()
        assert (task.assigned_to, task.about_id, task.task_type, task.status) == (agent, ticket.pk, "escalate", "open")
    with at(40):
        watch_promises(MONDAY + 40 * HOUR)
        assert InternalTask.objects.count() == 1
        add_comment(ticket=ticket, content="Sorry voor het wachten.", by=agent)

    assert InternalTask.objects.get().status == "completed"


# Over made-up lives


ARROWS = {
    S.NEW: [S.OPEN, S.CANCELLED],
    S.OPEN: [S.PENDING, S.RESOLVED, S.CANCELLED],
    S.PENDING: [S.OPEN, S.RESOLVED, S.CANCELLED],
    S.RESOLVED: [S.OPEN, S.CLOSED],
    S.CLOSED: [S.OPEN],
    S.CANCELLED: [],
}
BEGIN = datetime(2026, 10, 20, tzinfo=UTC)


@st.composite
def lives(draw):
    """The log of a ticket: each step with the minutes since the one before."""
    steps, status, moment = [Step(at=BEGIN, to_status=S.NEW)], S.NEW, BEGIN
    for _ in range(draw(st.integers(0, 12))):
        if not ARROWS[status]:
            break
        status = draw(st.sampled_from(ARROWS[status]))
        moment += timedelta(minutes=draw(st.integers(0, 5000)))
        steps.append(Step(at=moment, to_status=status))
    return steps


@settings(max_examples=60)
@given(lives())
def test_the_clock_has_run_exactly_while_it_was_ours_to_solve(steps):
    """Independently: the sum of the stays in new and open, up to the end of the log, is what the clock has run."""
    course = course_of(PromiseKind.RESOLUTION, steps, first_response_at=None, calendar=ROUND_THE_CLOCK)

    end = steps[-1].at + 7 * HOUR
    stays = zip(steps, [*(step.at for step in steps[1:]), end], strict=True)
    ours = sum((left - step.at for step, left in stays if step.to_status in (S.NEW, S.OPEN)), timedelta())
    assert (course.stopped_at() or end) - course.started_at - course.held == ours
    assert (course.stopped_at() is None) is (steps[-1].to_status in (S.NEW, S.OPEN))


@settings(max_examples=60)
@given(lives(), st.integers(1, 500))
def test_no_step_makes_a_late_ticket_early(steps, hours):
    """However a life goes on: once the deadline had passed while the clock ran, it has passed."""
    late = False
    for length in range(1, len(steps) + 1):
        course = course_of(PromiseKind.RESOLUTION, steps[:length], first_response_at=None, calendar=ROUND_THE_CLOCK)
        now = steps[length].at if length < len(steps) else steps[-1].at + HOUR
        is_late = course.moments(hours, ROUND_THE_CLOCK).deadline < (course.stopped_at() or now)
        assert is_late or not late
        late = is_late


@given(st.lists(st.none() | st.integers(1, 100), max_size=4))
def test_nothing_promised_is_no_promise(hours):
    promised = [each for each in hours if each is not None]
    assert stricter(*hours) == (min(promised) if promised else None)


def test_working_hours_wash_no_late_ticket_clean_either(ask, agent, customer, entity):
    """Late by an evening: of working time no more has gone by than was promised."""
    BusinessCalendarFactory(business_entity=entity)
    SupportPolicyFactory(business_entity=entity, response_sla_hours=1, resolution_sla_hours=8)
    with at(0):
        ticket = ask()
    with at(9):
        add_comment(ticket=ticket, content="Stuurt u een foto?", by=agent)
        wait_for_customer(ticket=Ticket.objects.get(), by=agent)
        assert promise().is_overdue is True
    with at(27):
        hear_customer(ticket=Ticket.objects.get(), content="Hierbij.", contact=customer, by=None)

    assert promise().is_overdue is True


def test_a_policy_that_becomes_one_of_others_leaves_those_that_it_was_of(ask):
    high, low = ask(priority="high"), ask(priority="low")
    policy = SupportPolicy.objects.get(priority="high")
    policy.priority = "low"
    SupportPolicy.objects.filter(priority="low").delete()

    save_support_policy(policy=policy, by=None)

    hours = dict(TicketPromise.objects.filter(kind=PromiseKind.FIRST_RESPONSE).values_list("ticket", "hours"))
    assert hours == {high.pk: 8, low.pk: 4}


def test_changed_working_hours_set_what_runs_anew(ask, entity, deliver_events):
    with at(0):
        ask()
        calendar = save_calendar(BusinessCalendarFactory.build(business_entity=entity), by=None)
        deliver_events()
        assert (due(PromiseKind.FIRST_RESPONSE), due()) == (8, 10 * 24 + 8)  # nine days of eight hours, over a weekend

        delete_calendar(calendar, by=None)
        deliver_events()
        assert (due(PromiseKind.FIRST_RESPONSE), due()) == (8, 72)
