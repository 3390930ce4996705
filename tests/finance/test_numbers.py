"""Every number of a series is explained, and a gap would be seen."""

import csv
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from apps.core import clock
from apps.finance import services
from apps.organizations.models import NumberSequence
from tests.factories.organizations import MembershipFactory
from tests.finance.conftest import company_with_books, completed_order, generated
from tests.orders.conftest import user_with

YEAR = clock.today().year


def told(text, separator):
    rows = list(csv.reader(StringIO(text.removeprefix("\ufeff")), delimiter=separator))
    return [row[:2] + row[3:5] for row in rows[1:]]


def report(*given):
    said = StringIO()
    call_command("number_report", *given, stdout=said)
    return said.getvalue()


def leave_a_gap():
    NumberSequence.objects.filter(document_type="invoice").update(current_value=3)


@pytest.fixture
def numbered(company):
    """Two invoices, the first of which was credited; a draft and a dropped draft have no number."""
    first, second = generated(completed_order(company)), generated(completed_order(company, ("1", "100.00", "0.21")))
    note = services.invoice_credit(invoice=first, reason="Retour", by=None)
    generated(completed_order(company), draft=True)
    services.cancel_draft(invoice=generated(completed_order(company), draft=True), reason="Vergissing", by=None)
    return first, second, note


def test_each_number_says_what_it_was_used_for(numbered):
    first, second, note = numbered

    rows = [row for row in csv.reader(StringIO(report("chargecars"))) if row[0].startswith(("INV", "CN"))]

    assert [row[0] for row in rows] == [first.invoice_number, second.invoice_number, note.invoice_number]
    assert note.invoice_number in rows[0][1]
    assert first.invoice_number in rows[2][1]
    assert [(row[3], row[4]) for row in rows] == [
        ("Sanne de Wit", "876.04"),
        ("Sanne de Wit", "121.00"),
        ("Sanne de Wit", "-876.04"),
    ]


def test_a_gap_is_named_and_is_a_failure(numbered, capsys):
    leave_a_gap()

    with pytest.raises(SystemExit) as ended:
        report("chargecars", "--year", str(YEAR))

    assert ended.value.code == 1
    assert capsys.readouterr().err == "Gaps: 1\n"


@pytest.mark.parametrize("given", [("zaptecshop",), ("chargecars", "--year", "2025"), ("nobody",)])
def test_a_company_without_numbers_is_said_to_have_none(numbered, given):
    with pytest.raises(CommandError):
        report(*given)


def test_staff_see_the_series_of_their_companies_and_take_each_number_along(client, numbered):
    first, _second, _note = numbered
    elsewhere = company_with_books("laderthuis")
    generated(completed_order(elsewhere))
    user = user_with("finance.invoices", models=("view_invoice",))
    client.force_login(user)
    leave_a_gap()
    mine = NumberSequence.objects.get(business_entity__entity_code="chargecars", document_type="invoice", current_value=3)
    other = NumberSequence.objects.get(business_entity=elsewhere, document_type="invoice")

    (panel,) = client.get(reverse("admin:invoice_numbers")).context["panels"]
    rows = {str(row[1]): row[2:5] for row in panel.rows}
    assert sorted(rows.values()) == [[YEAR, 1, 1], [YEAR, 3, 2]]

    answer = client.get(reverse("admin:invoice_series", args=[mine.pk]))
    lines = told(b"".join(answer.streaming_content).decode(), ";")
    assert [line[0] for line in lines] == [f"INV-CC-{YEAR}-0000{number}" for number in (1, 2, 3)]
    assert (lines[0][3], lines[2][2:]) == ("876,04", ["", ""])
    assert first.invoice_number == lines[0][0]
    assert client.get(reverse("admin:invoice_series", args=[other.pk])).status_code == 404
    MembershipFactory(user=user, business_entity=elsewhere)
    assert len(client.get(reverse("admin:invoice_numbers")).context["panels"][0].rows) == 3


def test_numbers_are_for_whoever_may_see_invoices(client, numbered):
    client.force_login(user_with("sales.orders", models=("view_order",)))

    for address in (reverse("admin:invoice_numbers"), reverse("admin:invoice_series", args=[NumberSequence.objects.first().pk])):
        assert client.get(address).status_code == 403
