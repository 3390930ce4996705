"""The books as a file: every booking, its documents and VAT codes, nothing left out, totals that agree, no formula that runs."""

import csv
import io
import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from apps.accounts.choices import Scope
from apps.audit.models import AuditLog
from apps.core import clock
from apps.finance import services
from apps.finance.models import JournalLine
from apps.finance.queries import trial_balance
from tests.factories.organizations import ContactFactory, OrganizationFactory
from tests.finance.conftest import company_with_books, completed_order, generated
from tests.orders.conftest import user_with

pytestmark = pytest.mark.django_db


def export(file_format="csv", *, entity="chargecars", since=None, until=None) -> str:
    told = io.StringIO()
    days = {"since": since or clock.today() - timedelta(days=1), "until": until or clock.today()}
    call_command(
        "export_accounting", entity=entity, since=str(days["since"]), until=str(days["until"]), file_format=file_format,
        stdout=told,
    )  # fmt: skip
    return told.getvalue()


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


@pytest.fixture
def invoice(company):
    """Two rates, paid in part, one line taken back."""
    made = generated(completed_order(company, ("1", "599.00", "0.21"), ("3", "33.33", "0.09")))
    services.payment_receive(
        business_entity=company, amount=Decimal("100.00"), payment_date=clock.today(), payment_method="ideal", invoice=made,
        external_reference="tr_1",
    )  # fmt: skip
    last = made.lines.order_by("line_order").last()
    services.invoice_credit(
        invoice=made, lines=[services.CreditLine(invoice_line_id=last.pk)], reason="Eén kabel retour", by=None
    )
    return made


def test_every_line_of_every_booking_is_there_and_the_totals_agree(invoice, company):
    *rows, total = rows_of(export())

    assert len(rows) == JournalLine.objects.count()
    assert {row["record"] for row in rows} == {"line"}
    debit, credit = (sum(Decimal(row[side]) for row in rows) for side in ("debit", "credit"))
    assert (total["record"], total["entry"], total["line"]) == ("total", rows[-1]["entry"], str(len(rows)))
    assert Decimal(total["debit"]) == Decimal(total["credit"]) == debit == credit > 0
    numbers = list(dict.fromkeys(int(row["entry"]) for row in rows))
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_line_says_its_document_and_its_vat(invoice, company):
    rows = [row for row in rows_of(export()) if row["kind"] == "invoice"]

    assert [(row["account"], row["debit"], row["credit"], row["vat_code"], row["vat_base"]) for row in rows] == [
        ("1300", "833.78", "0.00", "", ""),
        ("1520", "0.00", "125.79", "S21", "599.00"),
        ("1521", "0.00", "9.00", "S9", "99.99"),
        ("8000", "0.00", "698.99", "S21+S9", ""),
    ]
    (told,) = {(row["document_type"], row["document"], row["order"], row["reference"], row["due_date"]) for row in rows}
    assert told == (
        "invoice", invoice.invoice_number, invoice.order.order_number, invoice.payment_reference, str(invoice.due_date),
    )  # fmt: skip


def test_a_credit_note_names_its_invoice_and_a_payment_its_number(invoice, company):
    rows = rows_of(export())

    assert {row["credits"] for row in rows if row["kind"] == "credit_note"} == {invoice.invoice_number}
    assert {row["document"] for row in rows if row["kind"] == "payment"} == {"PAY-CC-2026-00001"}


def test_json_says_the_same_with_what_each_account_stood_at(invoice, company):
    told = json.loads(export("json"))
    table = rows_of(export())

    assert [(row["entry_id"], row["line"], row["debit"]) for row in told["rows"]] == [
        (row["entry_id"], int(row["line"]), row["debit"]) for row in table[:-1]
    ]
    assert told["control"] == {
        "entries": int(table[-1]["entry"]), "lines": len(table) - 1, "debit": table[-1]["debit"], "credit": table[-1]["credit"],
    }  # fmt: skip
    assert (told["format"], told["company"], told["currency"]) == ("chargecars-books/1", "chargecars", "EUR")
    closing = {each["code"]: Decimal(each["closing"]) for each in told["accounts"]}
    assert closing == {each.account.code: each.balance for each in trial_balance(company, until=clock.today())}


def test_days_before_are_the_opening_and_days_after_are_left_out(invoice, company):
    tomorrow = clock.today() + timedelta(days=1)

    later = json.loads(export("json", since=tomorrow, until=tomorrow))

    assert (later["rows"], later["control"]["lines"]) == ([], 0)
    assert {each["opening"] for each in later["accounts"] if each["code"] == "1100"} == {"100.00"}


def test_another_companys_books_are_not_in_it(invoice, company):
    company_with_books("laderthuis")

    assert [row["record"] for row in rows_of(export(entity="laderthuis"))] == ["total"]


def test_no_name_of_a_customer_becomes_a_formula(company):
    buyer = OrganizationFactory(name="=HYPERLINK(0)", organization_type="customer_business", legal_name="=HYPERLINK(0)")
    contact = ContactFactory(organization=buyer)
    generated(completed_order(company, customer_organization=buyer, primary_contact=contact))

    rows = rows_of(export())

    assert {row["customer"] for row in rows if row["kind"] == "invoice"} == {"'=HYPERLINK(0)"}
    assert "=HYPERLINK(0)" in {row["customer"] for row in json.loads(export("json"))["rows"]}


@pytest.mark.parametrize(
    "asked",
    [
        {"entity": "nobody"},
        {"since": "2026-13-01"},
        {"since": clock.today() + timedelta(days=2)},
    ],
    ids=["no company", "no day", "backwards"],
)
def test_what_cannot_be_asked_is_said(company, asked):
    with pytest.raises(CommandError):
        export(**asked)


def test_whoever_takes_exports_takes_it_from_the_page_and_that_is_put_down(invoice, company):
    client = Client()
    client.force_login(user_with(Scope.FINANCE_EXPORT, models=["view_journalentry"], entity=company))
    asked = {"business_entity": company.pk, "since": clock.today(), "until": clock.today(), "file_format": "xlsx"}

    shown = client.get(reverse("admin:books_file"))
    answer = client.post(reverse("admin:books_file"), asked)

    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    rows = list(book.active.values)
    assert (shown.status_code, len(rows), rows[0][:3]) == (200, JournalLine.objects.count() + 2, ("record", "entry", "line"))
    assert rows[-1][0] == "total"
    told = AuditLog.objects.filter(action="export").get()
    assert (told.root_id, told.context["format"]) == (str(company.pk), "xlsx")


def test_others_do_not_get_it(invoice, company):
    reader, stranger = Client(), Client()
    reader.force_login(user_with(models=["view_journalentry"], entity=company))
    stranger.force_login(user_with(Scope.FINANCE_EXPORT, models=["view_journalentry"], entity=company_with_books("laderthuis")))
    asked = {"business_entity": company.pk, "since": clock.today(), "until": clock.today(), "file_format": "csv"}

    assert reader.post(reverse("admin:books_file"), asked).status_code == 403
    refused = stranger.post(reverse("admin:books_file"), asked)
    assert "business_entity" in refused.context["form"].errors
    assert AuditLog.objects.filter(action="export").count() == 0
