"""Connecting: a person says yes there, what comes back is believed once, from that person alone."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from apps.core.errors import Conflict, Refused
from apps.events.services import deliver_due
from apps.finance.models import AccountingAccess, AccountingCode, AccountingConnection, AccountingExport
from apps.finance.services import accounting
from tests.factories.accounts import UserFactory
from tests.fakes.exact import DIVISION
from tests.fakes.xero import TENANT
from tests.finance.accounting.desk import connected, fresh, new_connection, states
from tests.finance.conftest import company_with_books, completed_order, generated
from tests.transactions import undone

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(company):
    return UserFactory()


def state_of(url: str) -> str:
    return parse_qs(urlsplit(url).query)["state"][0]


def refused(code: str, act) -> None:
    with undone(), pytest.raises(Refused) as refusal:
        act()
    assert refusal.value.code == code


def test_a_new_connection_begins_with_our_own_codes(exact, company):
    made = new_connection(company, "exact")

    codes = dict(AccountingCode.objects.filter(connection=made).values_list("subject", "code"))
    assert (codes["revenue"], codes["credits"], codes["sales_journal"], codes["credit_journal"]) == ("8000", "8100", "70", "70")


def test_exact_is_connected_and_its_division_found(exact, at, company, person):
    made = new_connection(company, "exact")
    url = accounting.begin_connecting(connection=made, by=person)

    asked = parse_qs(urlsplit(url).query)
    assert (asked["client_id"], asked["response_type"]) == (["6d0f0a0e-app"], ["code"])
    assert asked["redirect_uri"][0].endswith("/admin/finance/accountingconnection/connected/")
    accounting.finish_connecting(state=state_of(url), code="the-code", by=person)

    assert (fresh(made).status, fresh(made).administration) == ("connected", DIVISION)
    assert AccountingAccess.objects.get().refresh_token == exact.refresh_token


def test_xero_is_connected_with_proof_that_we_asked(xero, at, company, person):
    made = new_connection(company, "xero")
    state = xero.consented(accounting.begin_connecting(connection=made, by=person))

    accounting.finish_connecting(state=state, code="the-code", by=person)

    assert (fresh(made).status, fresh(made).administration) == ("connected", TENANT)


def test_of_several_administrations_a_person_chooses(xero, at, company, person):
    xero.tenants["other"] = "Een ander"
    made = new_connection(company, "xero")
    state = xero.consented(accounting.begin_connecting(connection=made, by=person))

    with pytest.raises(Refused) as refusal:
        accounting.finish_connecting(state=state, code="the-code", by=person)
    assert (refusal.value.code, f"{TENANT} (Laadpunt B.V.)" in str(refusal.value.detail)) == ("choose_administration", True)
    assert fresh(made).status == "new"

    AccountingConnection.objects.update(administration=TENANT)
    accounting.test_connection(connection=fresh(made), by=person)
    assert fresh(made).status == "connected"


def test_an_answer_is_taken_once_in_time_and_from_who_was_asked(exact, at, company, person):
    made = new_connection(company, "exact")
    state = state_of(accounting.begin_connecting(connection=made, by=person))

    refused("state_unknown", lambda: accounting.finish_connecting(state=state, code="the-code", by=UserFactory()))
    refused("state_unknown", lambda: accounting.finish_connecting(state="other", code="the-code", by=person))
    refused("state_unknown", lambda: accounting.finish_connecting(state="", code="the-code", by=person))
    assert exact.token_calls == 0
    accounting.finish_connecting(state=state, code="the-code", by=person)
    refused("state_unknown", lambda: accounting.finish_connecting(state=state, code="the-code", by=person))

    late = state_of(accounting.begin_connecting(connection=fresh(made), by=person))
    at.shift(timedelta(minutes=16))
    refused("state_unknown", lambda: accounting.finish_connecting(state=late, code="the-code", by=person))
    assert exact.token_calls == 1


def test_a_code_that_is_not_good_connects_nothing(exact, at, company, person):
    made = new_connection(company, "exact")
    state = state_of(accounting.begin_connecting(connection=made, by=person))

    with pytest.raises(Refused) as refusal:
        accounting.finish_connecting(state=state, code="other", by=person)

    assert (refusal.value.code, fresh(made).status) == ("not_let_in", "new")


def test_before_all_codes_are_filled_in_nobody_is_sent_away(exact, company, person):
    made = new_connection(company, "exact")
    AccountingCode.objects.filter(subject="vat_reversed").update(code="")

    refused("codes_missing", lambda: accounting.begin_connecting(connection=made, by=person))
    assert AccountingAccess.objects.get().state_hash == ""


def test_a_company_uses_one_system_at_a_time(exact, exact_connection, xero, company, person):
    other = new_connection(company, "xero")

    refused("another_in_use", lambda: accounting.begin_connecting(connection=other, by=person))
    accounting.disconnect(connection=exact_connection, by=person)
    assert accounting.begin_connecting(connection=other, by=person).startswith(xero.origin)


def test_what_was_booked_while_nobody_was_connected_follows(exact, exact_connection, company, person, send):
    accounting.disconnect(connection=exact_connection, by=person)
    generated(completed_order(company))
    assert (send(), states()) == (0, [])
    assert AccountingAccess.objects.get().refresh_token == ""

    connected_again = fresh(exact_connection)
    exact.code = "the-code"
    state = state_of(accounting.begin_connecting(connection=connected_again, by=person))
    accounting.finish_connecting(state=state, code="the-code", by=person)
    assert states() == [("invoice", "todo")]
    send()

    assert states() == [("invoice", "done")]


def test_paused_it_waits_and_resumed_it_goes(exact, exact_connection, company, person, send):
    accounting.pause_connection(connection=exact_connection, by=person)
    generated(completed_order(company))
    assert (send(), states()) == (0, [("invoice", "todo")])

    accounting.resume_connection(connection=exact_connection, by=person)
    assert (send(), states()) == (1, [("invoice", "done")])
    with undone(), pytest.raises(Conflict):
        accounting.resume_connection(connection=exact_connection, by=person)


def test_an_approved_invoice_is_put_in_line_at_once(exact, exact_connection, company):
    generated(completed_order(company))
    deliver_due()

    assert states() == [("invoice", "todo")]


def test_documents_are_in_line_by_their_numbers_whatever_order_their_events_come_in(exact, exact_connection, company, at):
    made = []
    for _ in range(3):
        made.append(fresh(generated(completed_order(company))))
        at.shift(timedelta(seconds=1))

    assert [accounting.queue_document(made[place]) for place in (2, 0, 1)] == [3, 0, 0]

    line = AccountingExport.objects.order_by("sequence").values_list("document__invoice_number", flat=True)
    assert list(line) == [each.invoice_number for each in made]


def test_each_company_sends_to_its_own(exact, exact_connection, xero, company, at, send):
    other = company_with_books("laderthuis")
    connected(other, xero, "xero")
    ours, theirs = generated(completed_order(company)), generated(completed_order(other))

    send()

    assert [entry["YourRef"] for entry in exact.entries.values()] == [ours.invoice_number]
    assert xero.numbers() == [theirs.invoice_number]
