"""Lines that are sure are settled by hundreds, and leave behind what settling each on its own does, row for row."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.audit.models import AuditLog
from apps.core import clock
from apps.core.actor import acting
from apps.events.models import EventDelivery, OutboxEvent
from apps.finance import services
from apps.finance.choices import UNDECIDED
from apps.finance.models import (
    BankTransaction,
    Invoice,
    JournalEntry,
    JournalLine,
    MatchProposal,
    Payment,
    PaymentAllocation,
)
from apps.finance.services import reconcile, settling
from apps.finance.services.matching import candidates, known_for
from apps.orders.models import Order
from apps.organizations.models import NumberSequence
from apps.workflow.models import EntityCurrentStatus, StatusTransition
from apps.workflow.services import change_status, require
from tests.factories.workflow import StatusPolicyFactory
from tests.finance.bank.reading import DAAN, SANNE
from tests.finance.banking import Line, camt, kept, our_account, the_line
from tests.finance.conftest import company_with_books, completed_order, generated, wrong_in
from tests.transactions import undone

pytestmark = pytest.mark.usefixtures("data_dir")

MOMENTS = {
    "created_at",
    "updated_at",
    "occurred_at",
    "booked_at",
    "next_attempt_at",
    "status_since",
    "left_since",
    "history_date",
}
OWN = {"id", "history_id", "last_transition_id", "event_id", "entry_id", "payment_id", "source_id", "bank_transaction_id"}
LOGGED = ["payment", "payment_allocation", "invoice", "order", "bank_transaction"]


@pytest.fixture
def bank(company):
    our_account(company)
    return company


def invoice_of(company, price="100.00", *, order=None, **options):
    return generated(order or completed_order(company, ("1", price, "0.21")), **options)


@pytest.fixture
def invoices(bank):
    """Of every kind that a line may name: open, late, handed over, half credited, two of one order, two of one debtor, foreign."""
    plain, handed_over, half_credited, credited = (invoice_of(bank, price) for price in ("100", "300", "400", "500"))
    with time_machine.travel(clock.now() - timedelta(days=60)):
        late = invoice_of(bank, "200")
    for each, *statuses in ((late, "sent", "overdue"), (handed_over, "sent", "collection")):
        for status in statuses:
            change_status(Invoice.objects.get(pk=each.pk), status, by=None)
    line = half_credited.lines.get()
    services.invoice_credit(
        invoice=half_credited,
        lines=[services.CreditLine(invoice_line_id=line.pk, quantity=Decimal("0.5"))],
        reason="De helft",
        by=None,
    )
    services.invoice_credit(invoice=credited, reason="Fout", by=None)
    shared = completed_order(bank, ("1", "50.00", "0.21"), ("1", "70.00", "0.21"))
    of_one_order = [
        invoice_of(bank, order=shared, line_items_to_invoice=[services.Wanted(line_item_id=line.pk)])
        for line in shared.line_items.order_by("line_order")
    ]
    customer = {"customer_organization": plain.billing_organization, "primary_contact": plain.billing_contact}
    of_one_debtor = [
        generated(completed_order(bank, ("1", price, "0.21"), **customer)) for price in ("30.00", "60.00", "90.00", "15.00")
    ]
    kept(camt(Line(str(of_one_debtor[-1].total_amount), of_one_debtor[-1].invoice_number, iban=SANNE), number="1"))
    services.payment_reconcile()  # from here on it is known whose account that is
    StatusPolicyFactory(entity_type="invoice", status="paid", milestone=True)
    foreign = invoice_of(company_with_books("laderthuis"))
    return [plain, late, handed_over, half_credited, credited, *of_one_order, *of_one_debtor, foreign]


def singly(entity):
    """Each line on its own, as a person would have it done; then what is left is proposed."""
    lines = list(BankTransaction.objects.filter(business_entity=entity, state__in=UNDECIDED).order_by("-pk"))
    known = known_for(entity, lines)
    rest = [line for line in lines if not alone(line, known)]
    reconcile._propose(entity, rest)


def alone(line, known):
    found = candidates(line, known)
    if line.is_by_hand or not found or not found[0].applies:
        return False
    exact = found[0].exact
    parts = [services.Part(invoice=each, amount=each.balance if exact else None) for each in found[0].invoices]
    services.bank_line_match(bank_transaction=line, parts=parts, rule=found[0].rule, exact=exact)
    for each in Invoice.objects.filter(pk__in=[each.pk for each in found[0].invoices]):
        known.put(each)
    return True


def written():
    """Every row that may be written, without its own key and moments; of two that are named by their keys, by their numbers."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    numbers = {str(key): number for key, number in Payment.objects.values_list("pk", "payment_number")}
    numbers |= {str(key): f"line {text}" for key, text in BankTransaction.objects.values_list("pk", "fingerprint")}
    numbers |= {
        str(key): f"{numbers[str(payment)]} for {invoice}"
        for key, payment, invoice in PaymentAllocation.objects.values_list("pk", "payment", "invoice")
    }
    tables = [
        *(each.objects for each in (BankTransaction, Invoice, Order, Payment, PaymentAllocation, NumberSequence, MatchProposal)),
        *(each.history for each in (BankTransaction, Invoice, Order, Payment, PaymentAllocation)),
        *(each.objects for each in (StatusTransition, EntityCurrentStatus, OutboxEvent, EventDelivery, JournalEntry)),
    ]
    rows = {str(index): [told(row, numbers) for row in table.values()] for index, table in enumerate(tables)}
    lines = JournalLine.objects.values("entry__source_id", "entry__kind", "account", "debit", "credit")
    rows["lines"] = [told(row, numbers) for row in lines]
    logged = AuditLog.objects.filter(table_name__in=LOGGED).values(
        "table_name", "record_id", "root_id", "action", "old_values", "new_values", "actor_label"
    )
    rows["log"] = [told(row, numbers) for row in logged]
    return {name: sorted(each, key=str) for name, each in rows.items()}


def told(row, numbers):
    """A row in which keys are what they stand for, and what is the row's own is left out; nested values too."""
    found = {}
    for name, value in row.items():
        if isinstance(value, dict):
            found[name] = told(value, numbers)
        elif name not in MOMENTS and str(value) in numbers:
            found[name] = numbers[str(value)]
        elif name not in MOMENTS | OWN | {"transition_id"}:
            found[name] = value
    return found


TEXTS = ("{reference}", "{number}", "betaling {number} dank", "{number} en {other}", "niets", "")
lines_of_a_file = st.lists(
    st.tuples(
        st.integers(0, 11),
        st.integers(0, 11),
        st.sampled_from(TEXTS),
        st.sampled_from(["exact", "exact", "exact", "less", "more", "both"]),
        st.sampled_from([SANNE, DAAN]),
    ),
    min_size=1,
    max_size=10,
)


def line_of(invoices, drawn):
    first, second, text, amount, iban = drawn
    one, other = (Invoice.objects.get(pk=invoices[index].pk) for index in (first, second))
    amounts = {
        "exact": one.balance or Decimal("12.10"),
        "less": Decimal("10.00"),
        "more": one.balance + 5,
        "both": (one.balance + other.balance) or Decimal("12.10"),
    }
    told_in = text.format(reference=one.payment_reference, number=one.invoice_number, other=other.invoice_number)
    return Line(f"{amounts[amount]:.2f}", told_in, iban=iban, name="")


def test_a_block_leaves_behind_what_each_line_on_its_own_does(bank, invoices):
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(drawn=lines_of_a_file)
    def same(drawn):
        with undone(), acting(kind="task", id="t", label="Bank"):
            kept(camt(*(line_of(invoices, each) for each in drawn)))
            with undone():
                singly(bank)
                expected = written()
            with undone():
                services.payment_reconcile(business_entity=bank)
                found = written()
                assert wrong_in("bank_booked", "invoice_paid", "invoice_booked", "journal_balance", "payment_numbers") == []
        assert found == expected

    same()


def test_of_two_lines_that_pay_one_invoice_the_second_finds_what_the_first_left(bank):
    invoice = invoice_of(bank)
    reference = invoice.payment_reference
    kept(camt(*(Line("121.00", reference) for _each in range(3))))

    done = services.payment_reconcile()

    assert (done.matched, done.proposed, done.unmatched) == (1, 2, 0)
    assert Invoice.objects.get(pk=invoice.pk).status == "paid"
    assert (Payment.objects.count(), PaymentAllocation.objects.count()) == (1, 1)
    for proposal in MatchProposal.objects.all():
        assert ("paid_already", invoice.invoice_number) in [(each["code"], each["of"]) for each in proposal.evidence]


def test_an_invoice_is_paid_in_several_lines_of_one_file_step_by_step(bank):
    invoice = invoice_of(bank)
    kept(camt(*(Line(amount, invoice.payment_reference) for amount in ("30.00", "20.00", "71.00"))))

    done = services.payment_reconcile()

    assert (done.matched, done.proposed) == (3, 0)
    steps = StatusTransition.objects.filter(entity_type="invoice", entity_id=invoice.pk).order_by("sequence")
    assert [step.to_status for step in steps] == ["draft", "approved", "partially_paid", "paid"]
    paid = invoice.history.order_by("history_id").values_list("paid_amount", flat=True)
    assert len(set(paid)) == 4  # nothing, and after each line
    assert sorted(invoice.allocations.values_list("amount", flat=True)) == [Decimal("20.00"), Decimal("30.00"), Decimal("71.00")]


def test_hundreds_cost_as_many_statements_as_a_few(bank):
    def statements(count, number):
        made = [invoice_of(bank) for _each in range(count)]
        kept(camt(*(Line("121.00", each.payment_reference) for each in made), number=number))
        with CaptureQueriesContext(connection) as asked:
            assert services.payment_reconcile(business_entity=bank).matched == count
        return len(asked)

    assert statements(9, "2") == statements(2, "1")


def test_one_that_is_refused_does_not_hold_up_the_others(bank, monkeypatch):
    made = [invoice_of(bank) for _each in range(4)]
    stubborn = made[1]
    monkeypatch.setattr("apps.workflow.registry.registry.requirements", {})
    require("invoice", "paid", lambda record, _context: record.pk != stubborn.pk, "stubborn", "Not this one.")
    kept(camt(*(Line("121.00", each.payment_reference) for each in made)))

    done = services.payment_reconcile()

    assert (done.matched, done.proposed, done.unmatched) == (3, 1, 0)
    assert [Invoice.objects.get(pk=each.pk).status for each in made] == ["paid", "approved", "paid", "paid"]
    assert Payment.objects.count() == 3
    assert the_line(state="proposed").proposals.get().rule == "reference"


def test_a_run_that_is_broken_off_half_way_leaves_whole_blocks(bank, monkeypatch):
    made = [invoice_of(bank) for _each in range(4)]
    kept(camt(*(Line("121.00", each.payment_reference) for each in made)))
    monkeypatch.setattr(reconcile, "BLOCK", 2)
    writes, blocks = settling._write, []

    def written_once(*given):
        writes(*given)
        blocks.append(given)
        if len(blocks) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(settling, "_write", written_once)
    with pytest.raises(KeyboardInterrupt):
        services.payment_reconcile()

    assert sorted(BankTransaction.objects.values_list("state", flat=True)) == ["matched", "matched", "open", "open"]
    assert (Payment.objects.count(), PaymentAllocation.objects.count()) == (2, 2)
    assert JournalEntry.objects.filter(kind="allocation").count() == 2

    assert services.payment_reconcile().matched == 2
    assert list(Payment.objects.order_by("payment_number").values_list("payment_number", flat=True)) == [
        f"PAY-CC-{clock.today().year}-0000{number}" for number in range(1, 5)
    ]
    assert wrong_in("bank_booked", "invoice_paid", "invoice_booked", "journal_balance", "payment_numbers") == []


def test_what_was_settled_in_a_block_is_undone_singly(bank):
    first, second = invoice_of(bank), invoice_of(bank, "200.00")
    kept(camt(Line("121.00", first.payment_reference), Line("242.00", second.invoice_number)))
    services.payment_reconcile()

    services.bank_line_undo(bank_transaction=the_line(amount="121.00"), by=None)

    assert Invoice.objects.get(pk=first.pk).paid_amount == 0
    assert Invoice.objects.get(pk=second.pk).status == "paid"
    assert services.payment_reconcile().matched == 0  # it is a person's from here on
    assert the_line(amount="121.00").state == "proposed"
    assert wrong_in("bank_booked", "invoice_paid", "invoice_booked", "journal_balance", "payment_numbers") == []
