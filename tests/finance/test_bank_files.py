"""Bank files through the API: kept, read, booked once; refused with the line where that shows, and then nothing is booked."""

import hashlib
from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command

from apps.finance import services
from apps.finance.models import BankFile, BankStatement, BankTransaction, JournalEntry, JournalLine
from tests.finance.bank.camt_files import document, statement
from tests.finance.bank.reading import DAAN
from tests.finance.banking import Line, camt, imported, our_account, send
from tests.finance.conftest import balances, company_with_books
from tests.orders.conftest import Caller, assert_refused, user_with

pytestmark = pytest.mark.usefixtures("data_dir")

FILE_FIELDS = [
    "id", "state", "file_name", "size_bytes", "checksum", "lines", "new_lines", "created_at", "finished_at", "matched", "proposed",
    "unmatched", "errors", "statements",
]  # fmt: skip


@pytest.fixture
def api(client, company):
    our_account(company)
    return Caller(client, user_with("finance.payments"))


def nothing_booked():
    assert not BankTransaction.objects.exists()
    assert not BankStatement.objects.exists()
    assert not JournalEntry.objects.exists()


def test_a_file_is_kept_read_and_booked(api, company):
    content = camt(Line("40.00", "Bedankt"), Line("-15.50", "Huur", name="Verhuurder"))

    answer = send(api, content)
    assert (answer.status_code, list(answer.json()), answer.json()["state"]) == (202, ["id", "state"], "received")
    nothing_booked()
    services.import_waiting_files()

    told = api.get(f"bank-statements/{answer.json()['id']}").json()
    assert list(told) == FILE_FIELDS
    assert (told["state"], told["lines"], told["new_lines"], told["errors"]) == ("imported", 2, 2, [])
    assert (told["matched"], told["proposed"], told["unmatched"]) == (0, 0, 1)
    assert told["checksum"] == hashlib.sha256(content).hexdigest()
    [head] = told["statements"]
    assert (head["opening_balance"], head["closing_balance"], head["lines"], head["gap"]) == ("100.00", "124.50", 2, "0.00")
    assert (head["business_entity"], head["format"]) == ("chargecars", "CAMT.053.001.02")
    [row] = api.get("bank-statements").json()["results"]
    assert (row["id"], row["state"]) == (told["id"], "imported")
    with BankFile.objects.get().file.open("rb") as kept:
        assert kept.read() == content
    assert balances(company) == {"1100": Decimal("24.50"), "2990": Decimal("-24.50")}
    lines = BankTransaction.objects.order_by("-amount")
    assert [(line.amount, line.state, line.booking_date) for line in lines] == [
        (Decimal("40.00"), "open", date(2026, 11, 26)),
        (Decimal("-15.50"), "outgoing", date(2026, 11, 26)),
    ]
    call_command("verify", only=["bank_booked", "journal_balance"], stdout=(said := StringIO()))
    assert said.getvalue().splitlines()[-1] == "2 checks, no differences"


def test_the_same_file_is_the_same_file(api, company):
    content = camt(Line("40.00", "Bedankt"))
    first = imported(api, content)

    again = imported(api, content)

    assert again == first
    assert (BankFile.objects.count(), BankTransaction.objects.count(), JournalLine.objects.count()) == (1, 1, 2)


def test_a_file_that_overlaps_brings_what_is_new(api, company):
    monday, tuesday = Line("40.00", "Een"), Line("40.00", "Twee")
    imported(api, camt(monday, number="1"))

    told = imported(api, camt(monday, tuesday, number="2"))

    assert (told["lines"], told["new_lines"]) == (2, 1)
    assert balances(company)["1100"] == Decimal("80.00")


def test_two_equal_payments_on_a_day_are_two(api, company):
    imported(api, camt(Line("40.00", "Gelijk"), Line("40.00", "Gelijk")))
    told = imported(api, camt(Line("40.00", "Gelijk"), Line("40.00", "Gelijk"), number="232"))

    assert told["new_lines"] == 0
    assert balances(company)["1100"] == Decimal("80.00")


def test_several_accounts_in_one_file_go_each_to_their_company(client, company):
    other = company_with_books("laderthuis")
    our_account(company)
    theirs = other.bank_accounts.get()
    boss = Caller(client, user_with("finance.payments", "multi.entity"))
    content = document(
        statement(opening="0.00", closing="0.00"), statement(opening="5.00", closing="5.00", iban=theirs.iban)
    ).encode()

    told = imported(boss, content)

    assert [head["business_entity"] for head in told["statements"]] == ["chargecars", "laderthuis"]


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (camt(Line("40.00"), closing="139.99"), "bank_balance_differs", None),
        (camt(Line("40.00"), iban=DAAN), "bank_account_unknown", 5),
        (camt(Line("40.00"))[:-80], "bank_file_unreadable", 8),
        (b"datum;bedrag\n2026-11-26;12,00\n", "bank_file_unreadable", 1),
        ("﻿:20:MT940".encode("utf-16"), "bank_file_unreadable", 1),
        (b'<?xml version="1.0"?>\n<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "bank_file_unreadable", 2),
    ],
)
def test_what_cannot_be_booked_is_kept_and_says_why(api, company, content, code, line):
    told = imported(api, content)

    [error] = told["errors"]
    assert (told["state"], error["code"], error["line"]) == ("refused", code, line)
    assert error["detail"]
    with BankFile.objects.get().file.open("rb") as kept:
        assert kept.read() == content
    nothing_booked()


def test_a_refused_file_is_read_again_when_it_comes_again(api, company):
    content = camt(Line("40.00"), iban=DAAN)
    assert imported(api, content)["state"] == "refused"
    company.bank_accounts.create(account_name="Nieuw", iban=DAAN)

    told = imported(api, content)

    assert (told["state"], told["errors"], told["new_lines"]) == ("imported", [], 1)
    assert BankFile.objects.count() == 1


def test_an_account_of_another_company_is_as_good_as_unknown(api, company):
    other = company_with_books("laderthuis")

    told = imported(api, camt(Line("40.00"), iban=other.bank_accounts.get().iban))

    assert (told["state"], told["errors"][0]["code"]) == ("refused", "bank_account_unknown")
    nothing_booked()


def test_a_gap_between_statements_is_told_and_booked(api, company):
    imported(api, camt(Line("40.00"), number="1"))

    told = imported(api, camt(Line("5.00", "later"), opening="150.00", number="3"))

    assert (told["state"], told["statements"][0]["gap"]) == ("imported", "10.00")
    assert balances(company)["1100"] == Decimal("45.00")


def test_closed_books_stay_closed(api, company):
    services.close_period(business_entity=company, until=date(2026, 11, 26))

    told = imported(api, camt(Line("40.00")))

    assert (told["state"], told["errors"][0]["code"]) == ("refused", "period_closed")
    nothing_booked()


@pytest.mark.parametrize(
    ("form", "status", "code", "pointers"),
    [
        ({}, 400, "malformed", ["/file"]),
        ({"file": "text"}, 400, "malformed", ["/file"]),
        ({"wat": "1"}, 400, "malformed", ["/file", "/wat"]),
    ],
)
def test_a_form_without_a_file_is_refused(api, form, status, code, pointers):
    answer = api.client.post("/api/v1/bank-statements", form)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert sorted(fault["pointer"] for fault in answer.json()["errors"]) == pointers
    assert not BankFile.objects.exists()


def test_an_empty_file_is_refused(api):
    assert_refused(send(api, b""), 400, "malformed", "/file")
    assert not BankFile.objects.exists()


def test_a_body_that_is_no_form_is_refused(api):
    assert_refused(api.post("bank-statements", {"file": "x"}), 415, "unsupported_media_type")


def test_files_are_those_of_ones_own_companies(client, api, company):
    told = imported(api, camt(Line("40.00")))
    stranger = Caller(client, user_with("finance.payments", entity=company_with_books("laderthuis")))

    assert stranger.get("bank-statements").json()["results"] == []
    assert_refused(stranger.get(f"bank-statements/{told['id']}"), 404, "not_found")


def test_without_the_right_nothing_is_taken(client, company):
    caller = Caller(client, user_with("finance.reports"))

    assert_refused(send(caller, camt(Line("1.00"))), 403, "permission_denied")
    assert_refused(caller.post("payments/reconcile", {}), 403, "permission_denied")
    assert not BankFile.objects.exists()
