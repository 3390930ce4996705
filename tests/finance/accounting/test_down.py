"""The other system is down, for seconds or for days; or our own worker is: what waits keeps its order, and nothing is doubled."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine

from apps.finance.models import AccountingConnection, AccountingExport, AccountingHealth
from apps.finance.services import accounting
from apps.finance.services.accounting.calling import deliver
from apps.finance.services.accounting.recording import record
from apps.finance.services.accounting.sending import LEASE, claim
from apps.workflow.models import InternalTask
from tests.factories.events import SendingHoldFactory
from tests.fakes.exact import FakeExact
from tests.fakes.server import Said, writing
from tests.finance.accounting.desk import NOON, connected, fresh, point_exact, states
from tests.finance.conftest import company_with_books, completed_order, generated


@pytest.mark.django_db
def test_three_days_down_and_then_in_order_without_a_double(exact, exact_connection, company, at, send):
    numbers = [generated(completed_order(company)).invoice_number for _ in range(3)]
    exact.stop()
    for _ in range(6 * 24 * 3):  # the clock's beat, each ten minutes, for three days
        send()
        at.shift(timedelta(minutes=10))
    numbers += [generated(completed_order(company)).invoice_number for _ in range(2)]
    assert {state for _kind, state in states()} == {"todo"}
    assert InternalTask.objects.count() == 1  # told once

    exact.start()
    at.shift(timedelta(hours=1, minutes=15))
    send()

    assert [entry["YourRef"] for entry in exact.entries.values()] == numbers
    assert {state for _kind, state in states()} == {"done"}
    assert exact.token_calls <= 3


@pytest.mark.django_db
def test_while_it_is_down_it_is_not_overrun(exact, exact_connection, company, at, send):
    for _ in range(10):
        generated(completed_order(company))
    exact.faults = [lambda asked: Said(503) for _ in range(100)]

    for _ in range(60):
        send()
        at.shift(timedelta(minutes=1))

    assert len(exact.calls) < 10
    assert AccountingExport.objects.exclude(attempts=0).count() == 1


@pytest.mark.django_db
def test_how_long_they_ask_to_be_left_alone_is_respected(exact, exact_connection, company, at, send):
    generated(completed_order(company))
    exact.faults.append(writing(503, **{"Retry-After": "600"}))

    send()
    at.shift(timedelta(minutes=9))
    assert send() == 0
    at.shift(timedelta(minutes=2))
    assert send() == 1
    assert states() == [("invoice", "done")]


@pytest.mark.django_db
def test_a_document_that_breaks_them_is_given_up_after_all_attempts(exact, exact_connection, company, at, send):
    generated(completed_order(company))
    generated(completed_order(company))
    exact.faults = [writing(500) for _ in range(11)]

    for _ in range(20):
        send()
        at.shift(timedelta(hours=1, minutes=15))

    assert states() == [("invoice", "parked"), ("invoice", "done")]
    assert AccountingExport.objects.get(sequence=1).attempts == 11


@pytest.mark.django_db
def test_a_worker_killed_after_the_call_books_nothing_twice(exact, exact_connection, company, at, send):
    generated(completed_order(company))
    accounting.queue_missing()
    killed = claim(exact_connection, worker=uuid4())
    assert deliver(killed).external_id in exact.entries  # and it dies before it writes that down

    assert send() == 0  # its lease still stands
    at.shift(LEASE + timedelta(seconds=1))
    assert send() == 1

    assert (states(), len(exact.entries)) == ([("invoice", "done")], 1)


@pytest.mark.django_db
def test_one_that_comes_back_late_changes_nothing(exact, exact_connection, company, at, send):
    generated(completed_order(company))
    accounting.queue_missing()
    late = uuid4()
    row = claim(exact_connection, worker=late)
    at.shift(LEASE + timedelta(seconds=1))
    send()
    before = AccountingExport.objects.values().get()

    record(row, deliver(row), worker=late)

    assert AccountingExport.objects.values().get() == before
    assert len(exact.entries) == 1


@pytest.mark.django_db
def test_a_row_that_kills_its_workers_parks_itself(exact, exact_connection, company, at, send):
    generated(completed_order(company))
    accounting.queue_missing()
    for _ in range(3):
        claim(exact_connection, worker=uuid4())
        at.shift(LEASE + timedelta(seconds=1))

    send()

    row = AccountingExport.objects.get()
    assert (row.state, row.last_error_code, len(exact.entries)) == ("parked", "worker_lost", 0)


@pytest.mark.django_db
def test_while_sending_is_held_nothing_leaves(exact, exact_connection, company, send):
    generated(completed_order(company))
    SendingHoldFactory()

    assert (send(), exact.calls) == (0, [])


def test_two_workers_at_once_send_each_document_once(real_commits, settings, together):
    with time_machine.travel(NOON, tick=True):
        company = company_with_books()
        fake = FakeExact().start()
        point_exact(settings, fake)
        connected(company, fake, "exact")
        numbers = [generated(completed_order(company)).invoice_number for _ in range(4)]
        accounting.queue_missing()

        results = together([accounting.send_exports] * 3)
        fake.stop()

        assert sum(results) == 4
        assert [entry["YourRef"] for entry in fake.entries.values()] == numbers


def test_two_at_once_give_each_row_its_own_place(real_commits, settings, together):
    company = company_with_books()
    fake = FakeExact()
    connection = connected(company, fake, "exact")
    for _ in range(4):
        generated(completed_order(company))

    results = together([accounting.queue_missing] * 4)

    assert sum(results) == 4
    assert list(AccountingExport.objects.order_by("sequence").values_list("sequence", flat=True)) == [1, 2, 3, 4]
    assert AccountingHealth.objects.get(connection=connection).last_sequence == 4
    assert AccountingConnection.objects.count() == 1
    assert fresh(connection).status == "connected"
