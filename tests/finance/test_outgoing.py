"""What went out on the bank is what we paid: each cent leaves the bank's account in the books once."""

from decimal import Decimal

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core import clock
from apps.core.errors import Conflict, Malformed, Refused
from apps.finance import services
from apps.finance.models import BankTransaction, PaymentBatch, PaymentBatchLine
from tests.concurrency import together
from tests.finance.banking import Line, camt, kept, paying_from
from tests.finance.conftest import balances, company_with_books, wrong_in
from tests.finance.test_payouts import IBANS, earned, partner_with
from tests.finance.test_refunds import approved, received
from tests.orders.conftest import user_with
from tests.transactions import undone

pytestmark = pytest.mark.usefixtures("data_dir")
CHECKS = ("under_way", "unmatched", "payouts", "refunds", "bank_booked", "journal_balance")


@pytest.fixture
def entity(company):
    return paying_from(company)


@pytest.fixture
def payer(entity):
    return user_with("finance.payments", entity=entity)


@pytest.fixture
def batch(entity, payer):
    """Two partners, 10 each."""
    for place, iban in enumerate(IBANS):
        earned(entity, partner_with(iban, name=f"Zon {place}"))
    return services.prepare_payout(business_entity=entity, execution_date=clock.today(), by=payer)


def told(*lines):
    """The bank tells of what went out, and it is looked at."""
    kept(camt(*lines, opening="1000.00"))
    services.payment_reconcile()


def out(amount, text="", **fields):
    return Line(f"-{amount}", text, **{"name": "Diverse", "iban": ""} | fields)


def now(record):
    return type(record).objects.get(pk=record.pk)


def states():
    return sorted(BankTransaction.objects.values_list("state", flat=True))


@pytest.mark.parametrize("is_executed_first", [True, False])
def test_a_batch_on_the_bank_is_booked_once(entity, payer, batch, is_executed_first):
    """Whether a person put it down as paid before, or the bank says it first."""
    if is_executed_first:
        services.execute_payout(batch=batch, by=payer)
        assert balances(entity)["1190"] == Decimal("-20.00")
    bank = balances(entity)["1100"]

    told(out("20.00", f"SEPA batch {batch.batch_number}"))

    found = balances(entity)
    assert (now(batch).status, states()) == ("executed", ["matched"])
    assert (found["1100"], found.get("1190"), found.get("1600"), found.get("2990")) == (bank - 20, None, None, None)
    assert set(PaymentBatchLine.objects.values_list("bank_transaction", flat=True)) == {BankTransaction.objects.get().pk}
    assert wrong_in(*CHECKS) == []


def test_transfers_that_the_bank_tells_one_by_one(entity, payer, batch):
    told(*(out("10.00", end_to_end=line.end_to_end_id) for line in batch.lines.all()))
    assert (now(batch).status, states(), balances(entity).get("1190")) == ("executed", ["matched", "matched"], None)
    assert wrong_in(*CHECKS) == []


@pytest.mark.parametrize(
    ("amount", "text"), [("19.99", "OUT-CC-{year}-00001"), ("20.00", "iets anders"), ("20.00", "OUT-CC-{year}-00002")]
)
def test_what_is_not_sure_is_left_to_a_person(entity, payer, batch, amount, text):
    services.execute_payout(batch=batch, by=payer)
    told(out(amount, text.format(year=clock.today().year)))
    assert (states(), balances(entity)["1190"]) == (["outgoing"], Decimal("-20.00"))
    assert wrong_in(*CHECKS) == []


def test_a_person_says_which_payout_it_was_and_takes_it_back(entity, payer, batch, client):
    from django.contrib.auth.models import Permission

    payer.user_permissions.add(Permission.objects.get(codename="view_banktransaction"))
    services.execute_payout(batch=batch, by=payer)
    told(out("20.00", "verzamelbetaling"))
    line = BankTransaction.objects.get()
    client.force_login(payer)
    button = reverse("admin:finance_banktransaction_button", args=[line.pk, "bank-line-transfers"])
    choices = client.get(button).context["form"].fields["transfers"].choices
    assert [batch.batch_number in words for _key, words in choices] == [True]

    client.post(button, {"transfers": choices[0][0]})
    assert (now(line).state, now(line).matched_by, balances(entity).get("1190")) == ("matched", "person", None)
    assert wrong_in(*CHECKS) == []

    client.post(reverse("admin:finance_banktransaction_button", args=[line.pk, "bank-line-undo"]), {})
    assert (now(line).state, balances(entity)["1190"], now(batch).status) == ("outgoing", Decimal("-20.00"), "executed")
    assert PaymentBatchLine.objects.filter(bank_transaction=None).count() == 2
    assert wrong_in(*CHECKS) == []
    services.payment_reconcile()
    assert now(line).state == "outgoing"  # what a person took back no run does again


def test_a_line_tells_of_its_very_sum_and_of_nothing_twice(entity, payer, batch):
    told(out("20.00", "a"), out("20.00", "b"), out("15.00", "c"))
    first, second, other = (BankTransaction.objects.get(description=text) for text in "abc")
    transfers = list(batch.lines.all())
    with pytest.raises(Malformed) as refusal:
        services.bank_line_transfers(bank_transaction=other, transfers=transfers, by=payer)
    assert [fault.code for fault in refusal.value.fields] == ["amount_differs"]
    assert now(batch).status == "open"
    services.bank_line_transfers(bank_transaction=first, transfers=transfers, by=payer)
    with pytest.raises(Conflict) as refusal:
        services.bank_line_transfers(bank_transaction=second, transfers=transfers, by=payer)
    assert (refusal.value.code, now(second).state) == ("transfer_told", "outgoing")
    assert wrong_in(*CHECKS) == []


def test_a_cancelled_batch_was_not_paid(entity, payer, batch):
    services.cancel_payout(batch=batch, reason="Verkeerde dag", by=payer)
    told(out("20.00", batch.batch_number))
    assert (states(), now(batch).status) == (["outgoing"], "cancelled")


def test_who_approved_a_refund_does_not_pay_it_by_a_line_either(entity, payer):
    both = user_with("finance.payments", "finance.approve", entity=entity)
    approved(received(entity), payer, both)
    batch = services.prepare_refunds(business_entity=entity, execution_date=clock.today(), by=payer)
    told(out("100.00", "a"))
    with pytest.raises(Refused) as refusal:
        services.bank_line_transfers(bank_transaction=BankTransaction.objects.get(), transfers=list(batch.lines.all()), by=both)
    assert (refusal.value.code, now(batch).status, states()) == ("two_people_needed", "open", ["outgoing"])


def test_a_refund_on_the_bank_closes_what_was_under_way(entity, payer):
    approved(received(entity), payer, user_with("finance.approve", entity=entity))
    batch = services.prepare_refunds(business_entity=entity, execution_date=clock.today(), by=payer)
    told(out("100.00", batch.batch_number))
    assert balances(entity) == {}
    assert (now(batch).status, now(batch.lines.get().refund).state) == ("executed", "paid")
    assert wrong_in(*CHECKS) == []


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(amounts=st.lists(st.integers(1, 500_00), min_size=1, max_size=4), one_by_one=st.booleans(), is_undone=st.booleans())
def test_whatever_goes_out_the_bank_says_it_once(entity, payer, amounts, one_by_one, is_undone):
    with undone():
        manager = user_with("finance.approve", entity=entity)
        for cents in amounts:
            approved(received(entity, str(Decimal(cents) / 100)), payer, manager, str(Decimal(cents) / 100))
        batch = services.prepare_refunds(business_entity=entity, execution_date=clock.today(), by=payer)
        lines = [(each.amount, each.end_to_end_id) for each in batch.lines.all()] if one_by_one else []
        told(*(out(amount, end_to_end=text) for amount, text in lines or [(batch.total_amount, batch.batch_number)]))
        assert balances(entity) == {}
        if is_undone:
            for line in BankTransaction.objects.all():
                services.bank_line_undo(bank_transaction=line, by=payer)
            found = balances(entity)
            assert (found["1190"], found["2990"]) == (-batch.total_amount, batch.total_amount)
        assert wrong_in(*CHECKS) == []


def test_two_lines_at_once_tell_of_it_once(real_commits):
    entity = paying_from(company_with_books())
    earned(entity, partner_with())
    batch = services.prepare_payout(business_entity=entity, execution_date=clock.today(), by=None)
    kept(camt(out("10.00", "a"), out("10.00", "b"), opening="1000.00"))
    lines, transfers = list(BankTransaction.objects.all()), list(batch.lines.all())

    results = together(
        [lambda line=line: services.bank_line_transfers(bank_transaction=line, transfers=transfers, by=None) for line in lines]
        * 2
    )

    assert [isinstance(each, BankTransaction) for each in results].count(True) == 1
    assert (PaymentBatch.objects.get().status, balances(entity).get("1190")) == ("executed", None)
    assert wrong_in(*CHECKS) == []
