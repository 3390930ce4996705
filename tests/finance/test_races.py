"""Two at once, with real threads and commits: no number twice, no cent twice, books that balance."""

from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command

from apps.core import clock
from apps.core.errors import DomainError
from apps.finance import services
from apps.finance.models import Invoice, JournalEntry, Payment
from apps.finance.queries import trial_balance
from tests.concurrency import together
from tests.finance.conftest import company_with_books, completed_order, generated

ROUNDS = 4
CHECKS = ["invoice_totals", "invoice_paid", "invoice_booked", "journal_balance", "invoice_numbers", "credit_note_numbers"]


@pytest.fixture
def company(real_commits):
    return company_with_books()


def pay(company, invoice, amount, *, reference=""):
    return lambda: services.payment_receive(
        business_entity=company, amount=Decimal(amount), payment_date=clock.today(), payment_method="ideal", invoice=invoice,
        external_reference=reference,
    )  # fmt: skip


def all_agree(company):
    assert sum(each.balance for each in trial_balance(company, until=clock.today())) == 0
    call_command("verify", only=CHECKS, stdout=(said := StringIO()))
    assert said.getvalue().splitlines()[-1] == f"{len(CHECKS)} checks, no differences"


def test_a_draft_is_finalised_once(company):
    for _round in range(ROUNDS):
        draft = generated(completed_order(company), draft=True)

        results = together([lambda draft=draft: services.approve_invoice(invoice=draft, by=None)] * 3)

        assert sorted(isinstance(each, Invoice) for each in results) == [False, False, True]
        assert JournalEntry.objects.of("invoice", draft.pk).count() == 1
    all_agree(company)


def test_an_order_is_invoiced_once(company):
    order = completed_order(company)

    together([lambda: services.invoice_generate(order=order, by=None)] * 4)

    assert Invoice.objects.filter(order=order).count() == 1
    all_agree(company)


def test_an_invoice_is_credited_once(company):
    for _round in range(ROUNDS):
        invoice = generated(completed_order(company))

        results = together([lambda invoice=invoice: services.invoice_credit(invoice=invoice, reason="Fout", by=None)] * 3)

        assert sorted(isinstance(each, DomainError) for each in results) == [False, True, True]
        assert Invoice.objects.filter(credited_invoice=invoice).count() == 1
    all_agree(company)


def test_paying_while_crediting_loses_nothing(company):
    for _round in range(ROUNDS):
        invoice = generated(completed_order(company, ("1", "100.00", "0.21")))

        together(
            [
                pay(company, invoice, "121.00"),
                lambda invoice=invoice: services.invoice_credit(invoice=invoice, reason="Fout", by=None),
                pay(company, invoice, "60.00"),
            ]
        )

        standing = Invoice.objects.get(pk=invoice.pk)
        assert standing.paid_amount + standing.credited_amount <= standing.total_amount
        assert standing.status == "credited"
    received = sum((payment.amount for payment in Payment.objects.all()), Decimal(0))
    bank = next(each for each in trial_balance(company, until=clock.today()) if each.account.role == "bank")
    assert bank.balance == received
    all_agree(company)


def test_a_reference_that_comes_in_twice_at_once_is_one_payment(company):
    for round_ in range(ROUNDS):
        invoices = [generated(completed_order(company)) for _each in range(3)]

        results = together([pay(company, each, "10.00", reference=f"tr_{round_}") for each in invoices])

        assert sorted(getattr(each, "code", "received") for each in results) == ["payment_known", "payment_known", "received"]
    assert Payment.objects.count() == ROUNDS
    all_agree(company)
