"""Tokens: kept unreadable, renewed once whoever asks, and a person is told once when we are shut out."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection as database

from apps.audit.models import AuditLog
from apps.finance.models import AccountingAccess, AccountingConnection
from apps.finance.services import accounting
from apps.finance.services.accounting.access import token_for
from apps.workflow.models import InternalTask
from tests.fakes.exact import FakeExact
from tests.finance.accounting.desk import NOON, connected, fresh, point_exact, states
from tests.finance.conftest import company_with_books, completed_order, generated


@pytest.mark.django_db
def test_a_token_is_used_until_it_is_about_to_end(exact, exact_connection, at):
    first = token_for(exact_connection)
    at.shift(timedelta(seconds=569))
    assert (token_for(exact_connection), exact.token_calls) == (first, 0)

    at.shift(timedelta(seconds=2))
    second = token_for(exact_connection)

    assert (second != first, second in exact.access, exact.token_calls) == (True, True, 1)
    assert AccountingAccess.objects.get().refresh_token == exact.refresh_token


def test_two_workers_at_once_renew_once_and_both_get_in(real_commits, settings, together):
    with time_machine.travel(NOON, tick=False) as at:
        fake = FakeExact().start()
        point_exact(settings, fake)
        connection = connected(company_with_books(), fake, "exact")
        at.shift(timedelta(minutes=11))

        tokens = together([lambda: token_for(connection)] * 4)
        fake.stop()

        assert set(tokens) == {AccountingAccess.objects.get().access_token}
        assert (fake.token_calls, fake.refresh_token) == (1, AccountingAccess.objects.get().refresh_token)


@pytest.mark.django_db
def test_an_old_renewal_token_breaks_the_connection_and_a_person_is_told_once(exact, exact_connection, company, at, send):
    exact.used_tokens.add(exact.refresh_token)
    for _ in range(2):
        generated(completed_order(company))
    at.shift(timedelta(minutes=11))

    for _ in range(3):
        send()
        at.shift(timedelta(hours=1))

    assert (fresh(exact_connection).status, exact.token_calls) == ("broken", 1)
    assert "Old refresh token used." in fresh(exact_connection).status_reason
    assert [state for _kind, state in states()] == ["todo", "todo"]
    assert InternalTask.objects.get().about_id == exact_connection.pk


@pytest.mark.django_db
def test_a_token_is_not_asked_for_more_often_than_they_allow(exact, exact_connection, company, at, send):
    AccountingAccess.objects.update(ends_at=NOON)
    generated(completed_order(company))

    send()
    assert (exact.token_calls, states()) == (0, [("invoice", "todo")])
    at.shift(timedelta(minutes=9, seconds=31))
    send()

    assert (exact.token_calls, states()) == (1, [("invoice", "done")])


@pytest.mark.django_db
def test_while_the_token_server_is_down_everything_waits(exact, exact_connection, company, at, send):
    generated(completed_order(company))
    at.shift(timedelta(minutes=11))
    exact.stop()
    send()
    exact.start()
    at.shift(timedelta(minutes=1))
    send()

    assert (fresh(exact_connection).status, states()) == ("connected", [("invoice", "done")])


@pytest.mark.django_db
def test_a_connection_with_nothing_to_do_stays_open(exact, exact_connection, at):
    at.shift(timedelta(days=6))
    assert accounting.keep_access() == 0
    at.shift(timedelta(days=2))
    assert accounting.keep_access() == 1

    assert (exact.token_calls, AccountingAccess.objects.get().refresh_token) == (1, exact.refresh_token)


@pytest.mark.django_db
def test_no_secret_can_be_read_in_the_database_or_its_logs(exact, exact_connection, at):
    AccountingConnection.objects.get().save()
    secrets = [exact.refresh_token, *exact.access, "geheim"]
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT access::text FROM accounting_access AS access UNION ALL SELECT c::text FROM accounting_connection AS c"
        )
        stored = "".join(row for (row,) in cursor.fetchall())
        cursor.execute("SELECT h::text FROM finance_historicalaccountingconnection AS h")
        history = "".join(row for (row,) in cursor.fetchall())
    logged = "".join(f"{row.old_values}{row.new_values}" for row in AuditLog.objects.filter(table_name="accounting_connection"))

    assert [secret for secret in secrets if secret in stored + history + logged] == []
    assert "***" in logged
    assert "client_secret" not in {field.name for field in AccountingConnection.history.model._meta.fields}
