"""The pages of a company's accounting: connecting, codes, what is on its way, and who may do what."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.choices import Scope
from apps.finance.models import AccountingAccess, AccountingCode, AccountingConnection, AccountingExport
from apps.finance.services import accounting
from tests.fakes.server import writing
from tests.finance.accounting.desk import fresh, new_connection, states
from tests.finance.conftest import company_with_books, completed_order, generated
from tests.orders.conftest import user_with

pytestmark = pytest.mark.django_db

PAGES = ("view_accountingconnection", "view_accountingexport", "view_accountingcode")
EDITS = ("add_accountingconnection", "change_accountingconnection", "change_accountingcode")


def colleague(company, *scopes: str, edits: tuple[str, ...] = ()) -> Client:
    client = Client()
    client.force_login(user_with(*scopes, models=(*PAGES, *edits), entity=company))
    return client


@pytest.fixture
def keeper(company) -> Client:
    """Somebody of the company who keeps its connection."""
    return colleague(company, Scope.FINANCE_EXPORT, edits=EDITS)


def page(record, name: str = "change", *more: str) -> str:
    return reverse(f"admin:finance_{record._meta.model_name}_{name}", args=[record.pk, *more])


def push(client, record, button: str, **answers):
    return client.post(page(record, "button", button), answers, follow=True)


def test_a_connection_is_made_on_its_page_and_its_secret_is_never_shown(keeper, company):
    address = reverse("admin:finance_accountingconnection_add")
    asked = {"business_entity": company.pk, "system": "exact", "client_id": "app", "starts_on": "2026-01-01"}

    assert "client_secret" in keeper.post(address, asked).context["adminform"].errors
    assert AccountingConnection.objects.count() == 0
    answer = keeper.post(address, {**asked, "client_secret": "zeer-geheim-1234"}, follow=True)

    made = AccountingConnection.objects.get()
    assert (made.client_secret, made.status, made.codes.count()) == ("zeer-geheim-1234", "new", 9)
    shown = keeper.get(page(made)).content.decode()
    assert ("zeer-geheim" in shown, "••••1234" in shown, answer.status_code) == (False, True, 200)
    assert "/admin/finance/accountingconnection/connected/" in shown


def test_codes_are_filled_in_on_the_page(keeper, company):
    made = new_connection(company, "exact")
    rows = list(made.codes.all())
    form = {"client_id": made.client_id, "client_secret": "", "starts_on": "2026-01-01", "administration": ""}
    form |= {"codes-TOTAL_FORMS": len(rows), "codes-INITIAL_FORMS": len(rows)}
    for place, row in enumerate(rows):
        form |= {f"codes-{place}-id": row.pk, f"codes-{place}-connection": made.pk, f"codes-{place}-code": f"X{place}"}

    keeper.post(page(made), form, follow=True)

    assert set(AccountingCode.objects.values_list("code", flat=True)) == {f"X{place}" for place in range(len(rows))}
    assert fresh(made).client_secret == "geheim"


def test_connecting_goes_there_and_comes_back(keeper, company, exact, at):
    made = new_connection(company, "exact")

    there = push(keeper, made, "begin-connecting").context["result"]
    state = parse_qs(urlsplit(there).query)["state"][0]
    back = keeper.get(reverse("admin:accounting_connected"), {"state": state, "code": "the-code"}, follow=True)

    assert (back.redirect_chain[-1][0], fresh(made).status) == (page(made), "connected")


def test_coming_back_with_a_no_or_with_something_else_connects_nothing(keeper, company, exact, at):
    made = new_connection(company, "exact")
    push(keeper, made, "begin-connecting")

    for given in ({"error": "access_denied"}, {"state": "x", "code": "y"}, {}):
        keeper.get(reverse("admin:accounting_connected"), given)

    assert (fresh(made).status, exact.token_calls) == ("new", 0)
    assert AccountingAccess.objects.get().state_hash != ""


def test_what_was_not_taken_is_sent_again_or_skipped_with_one_click(keeper, exact, exact_connection, company, send):
    for _ in range(2):
        generated(completed_order(company))
    exact.faults = [writing(400), writing(400)]
    send()
    first, second = AccountingExport.objects.order_by("sequence")

    push(keeper, first, "retry-export")
    push(keeper, second, "skip-export", reason="Met de hand geboekt")
    send()

    assert states() == [("invoice", "done"), ("invoice", "skipped")]
    assert fresh(second).settled_reason == "Met de hand geboekt"


def test_all_that_needs_a_person_is_sent_again_from_the_connection(keeper, exact, exact_connection, company, send):
    for _ in range(2):
        generated(completed_order(company))
    exact.faults = [writing(400), writing(400)]
    send()

    push(keeper, exact_connection, "retry-parked")
    send()

    assert states() == [("invoice", "done"), ("invoice", "done")]


def test_who_only_looks_can_do_nothing(exact, exact_connection, company, send):
    reader = colleague(company)
    generated(completed_order(company))
    send()
    before = AccountingConnection.objects.values().get()

    for button in ("pause-connection", "disconnect", "test-connection", "resend-exports"):
        push(reader, exact_connection, button)
    answer = reader.get(reverse("admin:accounting_connected"), {"state": "x", "code": "y"})

    assert (AccountingConnection.objects.values().get(), answer.status_code) == (before, 403)
    assert "client_secret" not in reader.get(page(exact_connection)).content.decode()


def test_another_company_sees_none_of_it(exact, exact_connection, company, send):
    stranger = colleague(company_with_books("laderthuis"), Scope.FINANCE_EXPORT, edits=EDITS)
    generated(completed_order(company))
    accounting.queue_missing()

    for record in (exact_connection, AccountingExport.objects.get()):
        assert stranger.get(page(record)).status_code in (302, 404)
        listed = stranger.get(reverse(f"admin:finance_{record._meta.model_name}_changelist"))
        assert listed.context["cl"].result_count == 0
