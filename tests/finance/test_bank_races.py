"""The bank, several at once, with real threads and commits: no line twice, no cent twice, books that balance."""

from decimal import Decimal
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from apps.core import clock
from apps.core.errors import DomainError
from apps.finance import services
from apps.finance.models import BankFile, BankTransaction, Invoice, JournalEntry, Payment, PaymentAllocation
from apps.finance.queries import trial_balance
from apps.finance.services import settling
from tests.concurrency import together
from tests.factories.accounts import UserFactory
from tests.finance.banking import Line, camt, kept, our_account
from tests.finance.conftest import company_with_books, completed_order, generated

pytestmark = pytest.mark.usefixtures("data_dir")

CHECKS = ["invoice_totals", "invoice_paid", "invoice_booked", "bank_booked", "journal_balance", "payment_numbers"]


@pytest.fixture
def bank(real_commits):
    company = company_with_books()
    our_account(company)
    return company


def invoices(bank, count):
    return [generated(completed_order(bank, ("1", "100.00", "0.21"))) for _each in range(count)]


def came_in(made, *, number="1", text="{reference}"):
    kept(
        camt(
            *(Line("121.00", text.format(reference=each.payment_reference, n=each.invoice_number)) for each in made),
            number=number,
        )
    )


def paid(made):
    return sorted(Invoice.objects.filter(pk__in=[each.pk for each in made]).values_list("status", "paid_amount"))


def all_agree(bank, total):
    standing = trial_balance(bank, until=clock.today())
    assert sum(each.balance for each in standing) == 0
    assert next(each for each in standing if each.account.role == "bank").balance == Decimal(total)
    call_command("verify", only=CHECKS, stdout=(said := StringIO()))
    assert said.getvalue().splitlines()[-1] == f"{len(CHECKS)} checks, no differences"


def test_the_same_lines_in_two_files_at_once_are_booked_once(bank):
    content = camt(*(Line("10.00", f"regel {number}") for number in range(20)))
    for by, file in ((None, content), (UserFactory(superuser=True), content), (None, content + b"\n")):
        services.bank_file_receive(name="a.xml", content=SimpleUploadedFile("a.xml", file), by=by)

    results = together([services.import_waiting_files] * 3)

    assert [each for each in results if isinstance(each, Exception)] == []
    assert sorted(BankFile.objects.values_list("state", flat=True)) == ["imported"] * 3
    assert sum(BankFile.objects.values_list("new_count", flat=True)) == 20
    assert BankTransaction.objects.count() == JournalEntry.objects.filter(kind="bank").count() == 20
    all_agree(bank, "200.00")


def test_two_workers_match_each_line_once(bank):
    made = invoices(bank, 12)
    came_in(made)

    results = together([lambda: services.payment_reconcile(business_entity=bank)] * 3)

    assert [each for each in results if isinstance(each, Exception)] == []
    assert paid(made) == [("paid", Decimal("121.00"))] * 12
    assert set(BankTransaction.objects.values_list("state", flat=True)) == {"matched"}
    assert Payment.objects.count() == PaymentAllocation.objects.count() == 12
    all_agree(bank, "1452.00")


def test_a_proposal_is_accepted_once(bank):
    [invoice] = invoices(bank, 1)
    kept(camt(Line("100.00", invoice.invoice_number)))
    services.payment_reconcile()
    proposal = BankTransaction.objects.get().proposals.get()

    results = together([lambda: services.proposal_accept(proposal=proposal, by=None)] * 3)

    assert sorted(type(each) is Payment for each in results) == [False, False, True]
    assert {each.code for each in results if isinstance(each, DomainError)} <= {"line_settled", "proposal_gone"}
    assert paid([invoice]) == [("partially_paid", Decimal("100.00"))]
    all_agree(bank, "100.00")


def test_accepting_while_the_invoice_is_credited_loses_nothing(bank):
    for number in range(3):
        [invoice] = invoices(bank, 1)
        kept(camt(Line("100.00", invoice.invoice_number), number=str(number)))
        services.payment_reconcile()
        line = BankTransaction.objects.get(state="proposed")
        proposal = line.proposals.get()

        accepted, credited = together(
            [
                lambda proposal=proposal: services.proposal_accept(proposal=proposal, by=None),
                lambda invoice=invoice: services.invoice_credit(invoice=invoice, reason="Fout", by=None),
            ]
        )

        assert isinstance(credited, Invoice)
        standing = Invoice.objects.get(pk=invoice.pk)
        assert (standing.status, standing.paid_amount) == ("credited", Decimal("0.00"))
        line.refresh_from_db()
        if isinstance(accepted, DomainError):
            assert accepted.code in ("not_receivable", "amount_not_free")
            assert not Payment.objects.filter(bank_transaction=line).exists()
            services.bank_line_ignore(bank_transaction=line, reason="Gecrediteerd", by=None)
        else:
            assert accepted.on_account == Decimal("100.00")
    all_agree(bank, "300.00")


def test_crediting_while_the_worker_settles_loses_nothing(bank):
    made = invoices(bank, 6)
    came_in(made)

    results = together(
        [
            lambda: services.payment_reconcile(business_entity=bank),
            *(lambda each=each: services.invoice_credit(invoice=each, reason="Fout", by=None) for each in made[:3]),
        ]
    )

    assert [each for each in results if isinstance(each, Exception)] == []
    assert paid(made) == [("credited", Decimal("0.00"))] * 3 + [("paid", Decimal("121.00"))] * 3
    all_agree(bank, "726.00")


def test_what_a_person_settles_while_the_worker_is_at_it_is_settled_once(bank):
    made = invoices(bank, 6)
    came_in(made)
    lines = {line.structured_reference or line.description: line for line in BankTransaction.objects.all()}
    by_hand = [(lines[each.payment_reference], each) for each in made[:3]]

    results = together(
        [
            lambda: services.payment_reconcile(business_entity=bank),
            *(
                lambda line=line, each=each: services.bank_line_match(bank_transaction=line, parts=[services.Part(invoice=each)])
                for line, each in by_hand
            ),
        ]
    )

    for outcome in results[1:]:
        assert isinstance(outcome, Payment) or outcome.code in ("line_settled", "not_receivable"), outcome
    services.payment_reconcile()
    assert paid(made) == [("paid", Decimal("121.00"))] * 6
    assert Payment.objects.count() == 6
    all_agree(bank, "726.00")


def test_what_moves_between_the_look_and_the_lock_is_left_out_of_the_block(bank, monkeypatch):
    """A credit and a person's own match slip in just before the worker takes its locks."""
    made = invoices(bank, 4)
    came_in(made)
    lines = {line.description: line for line in BankTransaction.objects.all()}
    lock = settling._lock_lines

    def slip_in(thought):
        monkeypatch.setattr(settling, "_lock_lines", lock)
        credit = lambda: services.invoice_credit(invoice=made[0], reason="Fout", by=None)  # noqa: E731
        match = lambda: services.bank_line_on_account(bank_transaction=lines[made[1].payment_reference], by=None)  # noqa: E731
        assert [each for each in together([credit, match]) if isinstance(each, Exception)] == []
        return lock(thought)

    monkeypatch.setattr(settling, "_lock_lines", slip_in)

    done = services.payment_reconcile()

    assert (done.matched, done.proposed) == (2, 1)
    assert paid(made) == [
        ("approved", Decimal("0.00")), ("credited", Decimal("0.00")), ("paid", Decimal("121.00")), ("paid", Decimal("121.00")),
    ]  # fmt: skip
    assert sorted(BankTransaction.objects.values_list("state", flat=True)) == ["matched", "matched", "on_account", "proposed"]
    all_agree(bank, "484.00")
