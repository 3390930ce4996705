"""The books as a file: every account, every booking, and balances that prove it."""

from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.core import clock
from apps.finance import services
from tests.finance.conftest import completed_order, generated


def export(*arguments, **options):
    call_command("export_ledger", *arguments, stdout=(told := StringIO()), **options)
    return told.getvalue()


def test_the_books_are_written_for_beancount(company, tmp_path):
    order = completed_order(company, ("1", "100.00", "0.21"))
    order.customer_organization.name = 'Bakker "de \\ Korst"'
    order.customer_organization.save()
    invoice = generated(order)
    services.payment_receive(
        business_entity=company, amount=Decimal("21.00"), payment_date=clock.today(), payment_method="ideal", invoice=invoice
    )

    lines = export("chargecars").splitlines()

    today, tomorrow = clock.today(), clock.today().fromordinal(clock.today().toordinal() + 1)
    at = lines.index(f'{today} * "invoice" "{invoice.invoice_number} Bakker \\"de \\\\ Korst\\""')
    assert sorted(lines[at + 1 : at + 4]) == [
        "  Assets:A1300  121.00 EUR",
        "  Income:A8000  -100.00 EUR",
        "  Liabilities:A1520  -21.00 EUR",
    ]
    assert lines.count("1970-01-01 open Assets:A1100 EUR") == 1
    assert [line for line in lines if line.startswith(f"{tomorrow} balance") and " 0.00 EUR" not in line] == [
        f"{tomorrow} balance Assets:A1100  21.00 EUR",
        f"{tomorrow} balance Assets:A1300  100.00 EUR",
        f"{tomorrow} balance Liabilities:A1520  -21.00 EUR",
        f"{tomorrow} balance Income:A8000  -100.00 EUR",
    ]

    export("chargecars", output=tmp_path / "books.beancount")
    assert (tmp_path / "books.beancount").read_text().splitlines() == lines


@pytest.mark.parametrize(
    ("arguments", "words"), [(["nobody"], "no company nobody"), (["chargecars", "--until=morgen"], "no day")]
)
def test_what_cannot_be_exported_is_told(company, arguments, words):
    with pytest.raises(CommandError, match=words):
        export(*arguments)
