"""What `verify` finds where a ticket's rows say something else than its log."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection

from apps.core.consistency import Snapshot
from apps.support.checks import promises, tickets
from apps.support.models import Ticket, TicketPromise
from apps.support.services import add_comment, merge_ticket, resolve_ticket
from tests.factories.organizations import BusinessEntityFactory, ContactFactory
from tests.support.conftest import MONDAY

HOUR = timedelta(hours=1)


def found(check):
    view = Snapshot(connection.connection)
    differences = list(check(view))
    return view.looked_at, sorted(difference.record for difference in differences)


@pytest.fixture
def answered(ask, agent):
    """Answered after an hour, solved after two; another was merged into a third."""
    with time_machine.travel(MONDAY, tick=False) as clock:
        ticket, source, target = ask(), ask(), ask()
        clock.shift(HOUR)
        add_comment(ticket=ticket, content="Dat zoek ik uit.", by=agent)
        clock.shift(HOUR)
        resolve_ticket(ticket=Ticket.objects.get(pk=ticket.pk), resolution="Vrijdag.", by=agent)
        merge_ticket(ticket=source, into=target, by=agent)
        yield Ticket.objects.get(pk=ticket.pk)


def test_what_the_services_made_differs_nowhere(answered):
    assert found(tickets) == (3, [])
    assert found(promises) == (6, [])


@pytest.mark.parametrize(
    "planted",
    [
        {"started_at": MONDAY + HOUR},
        {"held": HOUR},
        {"met_at": None},
        {"ended_at": MONDAY + HOUR},
        {"is_overdue": True},
        {"hours": 1},
    ],
    ids=lambda planted: next(iter(planted)),
)
def test_a_promise_that_its_log_does_not_say_is_found(answered, planted):
    TicketPromise.objects.filter(ticket=answered, kind="resolution").update(**planted)

    assert found(promises) == (6, [f"{answered.ticket_number} resolution"])


@pytest.mark.parametrize(
    "planted", [{"first_response_at": None}, {"first_response_at": MONDAY}, {"resolution_sla_hours": 1}], ids=str
)
def test_a_ticket_that_says_something_else_than_was_said_is_found(answered, planted):
    Ticket.objects.filter(pk=answered.pk).update(**planted)

    assert found(tickets) == (3, [answered.ticket_number])


def test_a_promise_that_is_missing_is_found(answered):
    TicketPromise.objects.filter(ticket=answered, kind="resolution").delete()

    assert found(tickets) == (3, [answered.ticket_number])


@pytest.mark.parametrize("of", ["customer", "company", "merged"])
def test_a_ticket_that_was_merged_where_it_does_not_belong_is_found(answered, of):
    source = Ticket.objects.get(merged_into__isnull=False)
    target = source.merged_into
    if of == "customer":
        Ticket.objects.filter(pk=target.pk).update(customer_organization=ContactFactory().organization)
    elif of == "company":
        Ticket.objects.filter(pk=target.pk).update(business_entity=BusinessEntityFactory(entity_code="laderthuis"))
    else:
        Ticket.objects.filter(pk=target.pk).update(merged_into=answered)

    assert source.ticket_number in found(tickets)[1]
