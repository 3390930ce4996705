"""Whatever is done with orders, invoices and money, in any order and at the same moment: nothing is lost, the books balance.

Each step is a handful of acts that real threads carry out at once, with real commits, on the same few records. After each the
books are held against the documents, and against what the bank and the payers say, which the machine alone has written down.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from decimal import Decimal
from functools import partial
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import QuerySet, Sum
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from pytest_django.plugin import DjangoDbBlocker

from apps.core import clock
from apps.core.errors import DomainError
from apps.core.transactions import retrying
from apps.finance import services
from apps.finance.choices import InvoiceStatus, InvoiceType, RefundState
from apps.finance.models import (
    BankTransaction,
    FinancialSummary,
    Invoice,
    JournalLine,
    MatchProposal,
    Payment,
    PaymentAllocation,
    Refund,
    WriteOff,
)
from apps.finance.services import CreditLine, Part
from apps.orders.models import Order
from apps.organizations.services import approve_request
from tests.concurrency import together
from tests.finance.bank.reading import DAAN
from tests.finance.banking import Line, camt, kept, our_account
from tests.finance.conftest import company_with_books, completed_order
from tests.fixtures import a_database_of_its_own
from tests.orders.conftest import user_with

CHECKS = [
    "invoice_totals", "invoice_paid", "invoice_booked", "bank_booked", "journal_balance", "goods_booked", "invoice_numbers",
    "credit_note_numbers", "payment_numbers", "refunds", "under_way", "unmatched", "payouts", "transitions", "audit",
]  # fmt: skip
RIGHTS = (["finance.payments", "finance.invoices"], ["finance.approve"], ["finance.payments", "finance.approve"])
NUMBERED = Invoice.objects.filter(invoice_number__isnull=False)

places = st.integers(0, 7)
shares = st.integers(1, 120)  # hundredths of what is asked for: often all of it, at times too much
prices = st.decimals("0.01", "999.99", places=2).map(str)
rates = st.sampled_from(["0.21", "0.09", "0.00"])
order_lines = st.lists(st.tuples(st.sampled_from(["1", "3", "0.333"]), prices, rates), min_size=1, max_size=3)
OF_DOCUMENTS = ("invoice", "run", "draft", "approve", "drop", "credit", "credit_part")
OF_PAYMENTS = ("pay", "pay_again", "allocate", "take_back")
OF_TWO_PEOPLE = ("refund", "pay_refunds", "write_off", "write_off_undone")
OF_THE_BANK = ("bank_file", "bank_file_again", "match", "accept", "leave_on_account", "undo")
ACTS = (*OF_TWO_PEOPLE, *OF_PAYMENTS, *OF_THE_BANK, *OF_DOCUMENTS, "summarise", "bank_file", "pay")
acts = st.tuples(st.sampled_from(ACTS), places, places, st.one_of(st.just(100), shares))


class Money(RuleBasedStateMachine):
    """One company, a few orders, and everything that moves money of them."""

    def __init__(self, blocker: DjangoDbBlocker) -> None:
        super().__init__()
        self._ends = ExitStack()
        self._ends.enter_context(a_database_of_its_own(blocker))
        self._ends.enter_context(blocker.unblock())
        self.company = company_with_books(threshold="500.00")
        our_account(self.company)
        self.clerk, self.manager, self.payer = (user_with(*scopes, entity=self.company) for scopes in RIGHTS)
        self.files: list[bytes] = []
        self.on_statements: dict[str, Decimal] = {}  # by the payer's own reference, as a line may stand in several files
        self.in_hand = Decimal(0)

    def teardown(self) -> None:
        self._ends.close()

    # What happens

    @initialize(orders=st.lists(order_lines, min_size=2, max_size=4))
    def some_orders_were_invoiced(self, orders: list[list[tuple[str, str, str]]]) -> None:
        for lines in orders:
            services.invoice_generate(order=completed_order(self.company, *lines), by=None)

    @rule(lines=order_lines)
    def an_order_is_completed(self, lines: list[tuple[str, str, str]]) -> None:
        completed_order(self.company, *lines)

    @rule(acts=st.lists(acts, min_size=3, max_size=8))
    def acts_are_carried_out_at_once(self, acts: list[tuple[str, int, int, int]]) -> None:
        ready = [getattr(self, name)(first, second, Decimal(share) / 100) for name, first, second, share in acts]

        results = together([partial(retrying, act) for act in ready if act is not None])

        unexpected = [each for each in results if isinstance(each, BaseException) and not isinstance(each, DomainError)]
        assert not unexpected, (acts, unexpected)
        self.in_hand += sum(
            (each.amount for each in results if isinstance(each, Payment) and not each.bank_transaction_id), Decimal(0)
        )

    # Acts: each looks for its records before the start, so that several go for the same ones

    def invoice(self, first: int, _second: int, _share: Decimal) -> Callable[[], Any]:
        order = self._one(Order.objects.all(), first)
        return lambda: services.invoice_generate(order=order, by=None)

    def run(self, _first: int, _second: int, _share: Decimal) -> Callable[[], Any]:
        return lambda: services.invoice_completed_orders(seconds=10.0)

    def draft(self, first: int, _second: int, _share: Decimal) -> Callable[[], Any]:
        order = self._one(Order.objects.all(), first)
        return lambda: services.invoice_generate(order=order, by=None, draft=True)

    def approve(self, first: int, _second: int, _share: Decimal) -> Callable[[], Any] | None:
        draft = self._one(Invoice.objects.filter(status=InvoiceStatus.DRAFT), first)
        return draft and (lambda: services.approve_invoice(invoice=draft, by=None))

    def drop(self, first: int, _second: int, _share: Decimal) -> Callable[[], Any] | None:
        draft = self._one(Invoice.objects.filter(status=InvoiceStatus.DRAFT), first)
        return draft and (lambda: services.cancel_draft(invoice=draft, reason="Proef", by=None))

    def credit(self, first: int, _second: int, _share: Decimal) -> Callable[[], Any] | None:
        invoice = self._invoice(first)
        return invoice and (lambda: services.invoice_credit(invoice=invoice, reason="Fout", by=None))

    def credit_part(self, first: int, second: int, share: Decimal) -> Callable[[], Any] | None:
        invoice = self._invoice(first)
        line = invoice and self._one(invoice.lines.all(), second)
        if line is None:
            return None
        part = CreditLine(invoice_line_id=line.pk, quantity=(line.quantity * share).quantize(Decimal("0.001")))
        return lambda: services.invoice_credit(invoice=invoice, lines=[part], reason="Deel", by=None)

    def pay(self, first: int, _second: int, share: Decimal) -> Callable[[], Any] | None:
        invoice = self._invoice(first)
        return invoice and self._received(invoice, _cents(invoice.total_amount * share), f"tr_{Payment.objects.count()}")

    def pay_again(self, first: int, second: int, _share: Decimal) -> Callable[[], Any] | None:
        """What a payer or a provider tells twice, of another invoice the second time."""
        invoice, known = self._invoice(first), self._one(Payment.objects.exclude(external_reference=""), second)
        return invoice and known and self._received(invoice, known.amount, known.external_reference)

    def _received(self, invoice: Invoice, amount: Decimal, reference: str) -> Callable[[], Any]:
        return lambda: services.payment_receive(
            business_entity=self.company,
            amount=amount,
            payment_date=clock.today(),
            payment_method="ideal",
            invoice=invoice,
            external_reference=reference,
        )

    def allocate(self, first: int, second: int, _share: Decimal) -> Callable[[], Any] | None:
        payment, invoice = self._one(Payment.objects.all(), first), self._invoice(second)
        return payment and invoice and (lambda: services.allocate(payment=payment, invoice=invoice).pk)

    def take_back(self, first: int, _second: int, _share: Decimal) -> Callable[[], Any] | None:
        allocation = self._one(PaymentAllocation.objects.all(), first)
        return allocation and (lambda: services.take_back(allocation=allocation).pk)

    def refund(self, first: int, _second: int, share: Decimal) -> Callable[[], Any] | None:
        payment = self._one(Payment.objects.all(), first)
        if payment is None:
            return None

        def ask_and_approve() -> None:
            asked = services.refund_request(
                payment=payment,
                amount=_cents(payment.amount * share),
                iban=DAAN,
                account_name="Daan",
                reason="Te veel",
                by=self.clerk,
            )
            approve_request(approval=asked, by=self.manager)

        return ask_and_approve

    def pay_refunds(self, _first: int, _second: int, _share: Decimal) -> Callable[[], Any]:
        def prepare_and_execute() -> None:
            batch = services.prepare_refunds(business_entity=self.company, execution_date=clock.today(), by=self.clerk)
            services.execute_payout(batch=batch, by=self.payer)

        return prepare_and_execute

    def write_off(self, first: int, _second: int, _share: Decimal) -> Callable[[], Any] | None:
        invoice = self._invoice(first)
        if invoice is None:
            return None

        def ask_and_approve() -> None:
            approve_request(
                approval=services.write_off_request(invoice=invoice, reason="Failliet", by=self.clerk), by=self.manager
            )

        return ask_and_approve

    def write_off_undone(self, first: int, _second: int, _share: Decimal) -> Callable[[], Any] | None:
        known = self._one(WriteOff.objects.all(), first)
        return known and (lambda: services.write_off_undo(write_off=known, reason="Toch betaald", by=self.manager).pk)

    def bank_file(self, first: int, second: int, share: Decimal) -> Callable[[], Any] | None:
        """One line by number, one that names nothing, one that names two, and one that went out."""
        one, other = self._invoice(first), self._invoice(second)
        if one is None or other is None:
            return None
        place = len(self.files)
        lines = [
            Line(f"{_cents(one.total_amount * share)}", f"factuur {one.invoice_number}", end_to_end=f"{place}A"),
            Line(f"{_cents(other.total_amount)}", "dank", end_to_end=f"{place}B"),
            Line(f"{_cents(one.total_amount + other.total_amount)}", f"{one} en {other}", end_to_end=f"{place}C"),
            Line("-12.34", "Huur", name="Verhuurder", end_to_end=f"{place}D"),
        ]
        self.on_statements |= {line.end_to_end: Decimal(line.amount) for line in lines}
        self.files.append(camt(*lines, number=str(place)))
        return partial(_read, self.files[-1])

    def bank_file_again(self, first: int, _second: int, _share: Decimal) -> Callable[[], Any] | None:
        content = self.files[first % len(self.files)] if self.files else None
        return content and partial(_read, content)

    def match(self, first: int, second: int, _share: Decimal) -> Callable[[], Any] | None:
        line, invoice = self._one(BankTransaction.objects.filter(amount__gt=0), first), self._invoice(second)
        return line and invoice and (lambda: services.bank_line_match(bank_transaction=line, parts=[Part(invoice=invoice)]))

    def accept(self, first: int, _second: int, _share: Decimal) -> Callable[[], Any] | None:
        proposal = self._one(MatchProposal.objects.all(), first)
        return proposal and (lambda: services.proposal_accept(proposal=proposal, by=None))

    def leave_on_account(self, first: int, _second: int, _share: Decimal) -> Callable[[], Any] | None:
        line = self._one(BankTransaction.objects.filter(amount__gt=0), first)
        return line and (lambda: services.bank_line_on_account(bank_transaction=line, by=None))

    def undo(self, first: int, _second: int, _share: Decimal) -> Callable[[], Any] | None:
        line = self._one(BankTransaction.objects.all(), first)
        return line and (lambda: services.bank_line_undo(bank_transaction=line, by=None))

    def summarise(self, _first: int, _second: int, _share: Decimal) -> Callable[[], Any]:
        return services.update_financial_summaries

    # What holds

    @invariant()
    def every_line_of_every_file_is_there_once(self) -> None:
        found = BankTransaction.objects.values_list("end_to_end_id", "amount")
        assert sorted(found) == sorted(self.on_statements.items())

    @invariant()
    def the_bank_has_what_payers_and_statements_say(self) -> None:
        assert self._booked_on("bank") == self.in_hand + sum(self.on_statements.values(), Decimal(0))

    @invariant()
    def nothing_is_paid_twice_or_above_its_total(self) -> None:
        for invoice in NUMBERED.exclude(invoice_type=InvoiceType.CREDIT_NOTE):
            paid = _total(invoice.allocations.filter(is_active=True), "amount")
            credited = -_total(NUMBERED.filter(credited_invoice=invoice), "total_amount")
            given_up = _total(WriteOff.objects.filter(invoice=invoice, is_active=True), "amount")
            stored = (invoice.paid_amount, invoice.credited_amount, invoice.written_off_amount)
            assert stored == (paid, credited, given_up), invoice
            assert min(stored) >= 0, invoice
            assert sum(stored) <= invoice.total_amount, invoice
            if invoice.total_amount:
                is_settled = invoice.status in (InvoiceStatus.PAID, InvoiceStatus.CREDITED)
                assert is_settled == (sum(stored) == invoice.total_amount), (invoice, invoice.status)
        for payment in Payment.objects.all():
            given_back = _total(Refund.objects.filter(payment=payment).exclude(state=RefundState.DROPPED), "amount")
            assert payment.allocated + given_back <= payment.amount, payment

    @invariant()
    def debtors_are_what_documents_leave_open(self) -> None:
        invoices = NUMBERED.exclude(invoice_type=InvoiceType.CREDIT_NOTE)
        assert self._booked_on("debtors") == sum((each.balance for each in invoices), Decimal(0))

    @invariant()
    def what_no_invoice_took_is_unmatched(self) -> None:
        taken = _total(PaymentAllocation.objects.filter(is_active=True), "amount")
        given_back = _total(Refund.objects.filter(state=RefundState.PAID), "amount")
        came_in = self.in_hand + sum(self.on_statements.values(), Decimal(0))
        assert -self._booked_on("unmatched_payments") == came_in - taken - given_back

    @invariant()
    def debit_is_credit(self) -> None:
        sums = JournalLine.objects.aggregate(debit=Sum("debit"), credit=Sum("credit"))
        assert sums["debit"] == sums["credit"]

    @invariant()
    def revenue_and_vat_are_those_of_the_documents(self) -> None:
        assert -self._booked_on("revenue", "credits") == _total(NUMBERED, "subtotal_excl_tax")
        assert -self._booked_on("vat_standard", "vat_reduced") == _total(NUMBERED, "total_tax")

    @invariant()
    def verify_finds_no_difference(self) -> None:
        call_command("verify", only=CHECKS, stdout=(said := StringIO()))
        assert said.getvalue().splitlines()[-1] == f"{len(CHECKS)} checks, no differences", said.getvalue()

    @invariant()
    def months_brought_up_to_date_are_months_worked_out_anew(self) -> None:
        services.update_financial_summaries()
        kept_up = _months()
        services.update_financial_summaries(everything=True)
        assert kept_up == _months()
        assert sum(month["total_revenue"] for month in kept_up) == _total(NUMBERED, "subtotal_excl_tax")
        assert [month["outstanding_amount"] for month in kept_up[-1:]] in ([], [self._booked_on("debtors")])

    def _booked_on(self, *roles: str) -> Decimal:
        lines = JournalLine.objects.filter(account__role__in=roles, account__business_entity=self.company)
        return _total(lines, "debit") - _total(lines, "credit")

    def _invoice(self, place: int) -> Invoice | None:
        return self._one(NUMBERED.exclude(invoice_type=InvoiceType.CREDIT_NOTE), place)

    @staticmethod
    def _one(rows: QuerySet, place: int) -> Any:
        """The row in this place of those there are, counted round; nothing where there are none."""
        known = list(rows.order_by("pk"))
        return known[place % len(known)] if known else None


def _read(content: bytes) -> None:
    kept(content)
    services.payment_reconcile()


def _months() -> Sequence[dict[str, Any]]:
    names = [
        field.attname
        for field in FinancialSummary._meta.fields
        if field.attname not in ("id", "calculated_at", "created_at", "updated_at")
    ]
    return list(FinancialSummary.objects.order_by("business_entity", "year", "month").values(*names))


def _total(rows: QuerySet, column: str) -> Decimal:
    return rows.aggregate(total=Sum(column))["total"] or Decimal("0.00")


def _cents(amount: Decimal) -> Decimal:
    return max(amount.quantize(Decimal("0.01")), Decimal("0.01"))


# What depends on threads does not get shorter by trying again.
SOME = settings(max_examples=4, stateful_step_count=8, phases=[Phase.generate], suppress_health_check=list(HealthCheck))


@pytest.mark.usefixtures("data_dir")
def test_money(django_db_setup, django_db_blocker):
    """What is asserted are the machine's invariants, after every step."""
    run_state_machine_as_test(partial(Money, django_db_blocker), settings=SOME)
