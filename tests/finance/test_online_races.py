"""Paying online while other things happen, with real threads and commits: each cent booked once."""

from decimal import Decimal

import pytest
from django.test import Client

from apps.finance import services
from apps.finance.models import BankTransaction, Invoice, OnlinePayment, Payment
from tests.concurrency import together
from tests.finance.banking import Line, camt, kept, our_account
from tests.finance.conftest import company_with_books, completed_order, generated, wrong_in
from tests.finance.online import call_hook, fresh, mollie_at, press, started

ROUNDS = 2
CHECKS = ("provider_balance", "unmatched", "invoice_paid", "invoice_booked", "journal_balance", "payment_numbers")

pytestmark = pytest.mark.usefixtures("data_dir")


@pytest.fixture
def company(real_commits):
    return company_with_books()


@pytest.fixture
def mollie(company, settings):
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, 10_000)
    our_account(company)
    with mollie_at(settings, entity=company) as fake:
        yield fake


def paid_at_mollie(client, mollie, company) -> OnlinePayment:
    online = started(client, generated(completed_order(company, ("1", "100.00", "0.21"))))
    mollie.pays(online.provider_id)
    return online


def hook_and_worker(provider_id):
    call_hook(Client(), provider_id)
    services.online_payments_ask(seconds=10)


def test_a_customer_who_presses_twice_at_once_has_one_payment(client, mollie, company):
    invoice = generated(completed_order(company, ("1", "100.00", "0.21")))

    answers = together([lambda: press(Client(), invoice)] * 3)

    assert {answer.status_code for answer in answers} == {303}
    assert (OnlinePayment.objects.count(), len(mollie.payments)) == (1, 1)


def test_told_by_several_at_once_it_is_booked_once(client, mollie, company):
    for _round in range(ROUNDS):
        online = paid_at_mollie(client, mollie, company)

        together([lambda online=online: hook_and_worker(online.provider_id)] * 3)
        services.online_payments_ask(seconds=10)

        assert Payment.objects.filter(external_reference=online.provider_id).count() == 1
        assert fresh(online).state == "paid"
    assert wrong_in(*CHECKS) == []


def test_paid_online_while_the_bank_pays_the_same_invoice(client, mollie, company):
    for number in range(ROUNDS):
        online = paid_at_mollie(client, mollie, company)
        invoice = Invoice.objects.get(pk=online.invoice_id)
        kept(camt(Line("121.00", str(invoice.invoice_number)), number=str(300 + number)))

        together([lambda online=online: hook_and_worker(online.provider_id), services.payment_reconcile])
        services.online_payments_ask(seconds=10)

        assert (fresh(online).state, fresh(invoice).paid_amount) == ("paid", Decimal("121.00"))
    assert BankTransaction.objects.count() == ROUNDS
    assert wrong_in(*CHECKS) == []


def test_paid_online_while_it_is_credited(client, mollie, company):
    for _round in range(ROUNDS):
        online = paid_at_mollie(client, mollie, company)
        invoice = Invoice.objects.get(pk=online.invoice_id)

        together(
            [
                lambda online=online: hook_and_worker(online.provider_id),
                lambda invoice=invoice: services.invoice_credit(invoice=invoice, reason="Fout", by=None),
            ]
        )
        services.online_payments_ask(seconds=10)

        payment = fresh(online).payment
        assert (fresh(invoice).status, payment.on_account) == ("credited", Decimal("121.00"))
    assert wrong_in(*CHECKS) == []
