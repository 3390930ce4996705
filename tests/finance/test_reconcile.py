"""What came in finds its invoice: what is sure is done and can be undone, all else is proposed with its evidence."""

from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command

from apps.core.errors import Conflict, Malformed
from apps.finance import services
from apps.finance.models import Invoice, JournalEntry, MatchProposal, Payment
from tests.finance.bank.reading import DAAN, SANNE
from tests.finance.banking import Line, camt, imported, kept, our_account, the_line
from tests.finance.conftest import balances, company_with_books, completed_order, generated, money_of
from tests.orders.conftest import Caller, assert_refused, user_with

pytestmark = pytest.mark.usefixtures("data_dir")

CHECKS = ["bank_booked", "invoice_paid", "invoice_booked", "journal_balance", "payment_numbers"]


@pytest.fixture
def bank(company):
    our_account(company)
    return company


@pytest.fixture
def api(client, bank):
    return Caller(client, user_with("finance.payments"))


@pytest.fixture
def invoice(bank):
    """EUR 121 that is open."""
    return generated(completed_order(bank, ("1", "100.00", "0.21")))


def another(company, price="100.00", customer=None):
    fields = (
        {"customer_organization": customer.billing_organization, "primary_contact": customer.billing_contact} if customer else {}
    )
    return generated(completed_order(company, ("1", price, "0.21"), **fields))


def fresh(invoice):
    return Invoice.objects.get(pk=invoice.pk)


def paid(invoice):
    now = fresh(invoice)
    return now.status, now.paid_amount


def reconciled():
    done = services.payment_reconcile()
    return done.matched, done.proposed, done.unmatched


def bank_and_books_agree(company, total):
    assert balances(company)["1100"] == Decimal(total)
    call_command("verify", only=CHECKS, stdout=(said := StringIO()))
    assert said.getvalue().splitlines()[-1] == f"{len(CHECKS)} checks, no differences"


def evidence():
    return [(each.rule, each.score, [(one["code"], one["of"]) for one in each.evidence]) for each in MatchProposal.objects.all()]


def test_a_structured_reference_is_enough(bank, invoice):
    kept(camt(Line("121.00", reference=invoice.payment_reference)))

    assert reconciled() == (1, 0, 0)

    assert paid(invoice) == ("paid", Decimal("121.00"))
    assert money_of(invoice.order) == ("invoiced", "paid")
    line = the_line()
    assert (line.state, line.matched_by, line.payment.amount) == ("matched", "reference", Decimal("121.00"))
    assert "1300" not in balances(bank)
    assert "2990" not in balances(bank)
    bank_and_books_agree(bank, "121.00")


@pytest.mark.parametrize(
    "shape",
    ["{n}", "factuur {n} bedankt", "{spaces}", "{glued}", "{lower}", "{short}", "nr.{n}/2026-11-26", "{glued} 2026", "{dots}"],
)
def test_our_number_is_known_however_it_is_written(bank, invoice, shape):
    n = invoice.invoice_number
    prefix, entity, year, number = n.split("-")
    text = shape.format(
        n=n, spaces=" ".join(n), glued=n.replace("-", ""), lower=n.lower(), short=f"{prefix}-{entity}-{year}-{int(number)}",
        dots=n.replace("-", "."),
    )  # fmt: skip
    kept(camt(Line("121.00", text)))

    assert reconciled() == (1, 0, 0)
    assert paid(invoice) == ("paid", Decimal("121.00"))
    assert the_line().matched_by == "number"


def test_a_number_with_another_amount_is_proposed(bank, invoice):
    kept(camt(Line("100.00", invoice.invoice_number), Line("150.00", invoice.invoice_number)))

    assert reconciled() == (0, 2, 0)

    assert paid(invoice) == ("approved", Decimal("0.00"))
    told = sorted(evidence(), key=str)
    number = ("number", invoice.invoice_number)
    assert told == [
        ("number_only", 75, [number, ("too_little", "21.00")]),
        ("number_only", 75, [number, ("too_much", "29.00")]),
    ]
    assert not Payment.objects.exists()


def test_too_little_and_too_much_are_accepted_by_a_person(bank, invoice):
    kept(camt(Line("100.00", invoice.invoice_number), Line("150.00", f"{invoice.invoice_number} rest")))
    reconciled()

    services.proposal_accept(proposal=the_line(amount="100.00").proposals.get(), by=None)
    assert paid(invoice) == ("partially_paid", Decimal("100.00"))
    services.proposal_accept(proposal=the_line(amount="150.00").proposals.get(), by=None)

    assert paid(invoice) == ("paid", Decimal("121.00"))
    assert Payment.objects.get(amount="150.00").on_account == Decimal("129.00")
    assert balances(bank)["2990"] == Decimal("-129.00")
    bank_and_books_agree(bank, "250.00")


def test_a_double_payment_is_not_booked_on_what_is_paid(bank, invoice):
    kept(camt(Line("121.00", invoice.invoice_number), Line("121.00", f"{invoice.invoice_number} nog eens")))

    assert reconciled() == (1, 1, 0)

    [proposal] = MatchProposal.objects.all()
    assert proposal.parts == []
    assert ("paid_already", invoice.invoice_number) in [(one["code"], one["of"]) for one in proposal.evidence]
    services.proposal_accept(proposal=proposal, by=None)
    assert proposal.bank_transaction.payment.on_account == Decimal("121.00")
    bank_and_books_agree(bank, "242.00")


def test_two_numbers_that_make_the_amount_are_both_paid(bank, invoice):
    second = another(bank, "50.00")
    kept(camt(Line("181.50", f"{invoice.invoice_number} en {second.invoice_number}")))

    assert reconciled() == (1, 0, 0)
    assert (paid(invoice), paid(second)) == (("paid", Decimal("121.00")), ("paid", Decimal("60.50")))


def test_a_known_account_pays_the_one_combination(bank, invoice):
    kept(camt(Line("121.00", reference=invoice.payment_reference)))
    reconciled()
    first, second, third = (another(bank, price, customer=invoice) for price in ("10.00", "20.00", "40.00"))
    kept(camt(Line("36.30", "van ons"), opening="221.00", number="232"))

    assert reconciled() == (1, 0, 0)

    assert [paid(each)[0] for each in (first, second, third)] == ["paid", "paid", "approved"]
    assert the_line(amount="36.30").matched_by == "known_iban"
    bank_and_books_agree(bank, "157.30")


def test_of_several_combinations_a_person_chooses(bank, invoice):
    kept(camt(Line("121.00", reference=invoice.payment_reference)))
    reconciled()
    first, second = (another(bank, "10.00", customer=invoice) for _each in range(2))
    kept(camt(Line("12.10", "van ons"), opening="221.00", number="232"))

    assert reconciled() == (0, 1, 0)

    proposals = the_line(amount="12.10").proposals.all()
    assert {each.parts[0]["number"] for each in proposals} == {first.invoice_number, second.invoice_number}
    assert {each.score for each in proposals} == {70}


def test_name_and_amount_are_proposed(bank, invoice):
    name = invoice.billing_organization.name
    kept(camt(Line("121.00", "laadpaal", name=f"hr. {name} eo", iban=DAAN)))

    assert reconciled() == (0, 1, 0)

    [(rule, score, _said)] = evidence()
    assert (rule, score) == ("name", 60)
    assert paid(invoice) == ("approved", Decimal("0.00"))


@pytest.mark.parametrize(
    "line",
    [
        Line("-121.00", "{n}"),
        Line("121.00", "{n}", extra="<RvslInd>true</RvslInd>"),
        Line("121.00", "{n}", name="Stichting Mollie Payments"),
    ],
)
def test_what_went_out_came_back_or_is_paid_out_for_others_pays_nothing(bank, invoice, line):
    line.text = line.text.format(n=invoice.invoice_number)
    kept(camt(line, opening="500.00"))

    assert reconciled()[0] == 0
    assert paid(invoice) == ("approved", Decimal("0.00"))
    assert not MatchProposal.objects.exists()
    assert not Payment.objects.exists()


def test_an_invoice_of_another_company_is_never_paid(bank):
    theirs = another(company_with_books("laderthuis"))
    kept(camt(Line("121.00", theirs.invoice_number)))

    assert reconciled() == (0, 0, 1)
    with pytest.raises(Malformed) as refusal:
        services.bank_line_match(bank_transaction=the_line(), parts=[services.Part(invoice=theirs)])
    assert refusal.value.fields[0].code == "invoice_of_other_entity"
    assert paid(theirs) == ("approved", Decimal("0.00"))
    assert not Payment.objects.exists()


def test_all_of_it_is_undone(bank, invoice):
    kept(camt(Line("121.00", invoice.invoice_number)))
    before = balances(bank)
    reconciled()

    line = services.bank_line_undo(bank_transaction=the_line(), by=None)

    assert (line.state, line.is_by_hand) == ("open", True)
    assert paid(invoice) == ("sent", Decimal("0.00"))
    assert money_of(invoice.order) == ("invoiced", "unpaid")
    assert balances(bank) == before
    # A machine does not do again what a person took back.
    assert reconciled() == (0, 1, 0)
    services.proposal_accept(proposal=MatchProposal.objects.get(), by=None)
    assert paid(invoice) == ("paid", Decimal("121.00"))
    assert Payment.objects.count() == 1
    bank_and_books_agree(bank, "121.00")
    with pytest.raises(Conflict) as refusal:
        services.bank_line_match(bank_transaction=the_line(), parts=[services.Part(invoice=invoice)])
    assert refusal.value.code == "line_settled"


def test_a_payout_is_split_in_what_was_paid_and_the_fee(bank, invoice):
    kept(camt(Line("119.75", "Uitbetaling", name="Stichting Mollie Payments", iban=SANNE)))

    payment = services.bank_line_payout(bank_transaction=the_line(), fee=Decimal("1.25"), by=None)

    assert payment.on_account == Decimal("121.00")
    assert balances(bank)["4950"] == Decimal("1.25")
    services.bank_line_match(bank_transaction=the_line(), parts=[services.Part(invoice=invoice)])
    assert paid(invoice) == ("paid", Decimal("121.00"))
    bank_and_books_agree(bank, "119.75")
    services.bank_line_undo(bank_transaction=the_line(), by=None)
    assert "4950" not in balances(bank)
    assert Payment.objects.get().amount == Decimal("119.75")
    assert JournalEntry.objects.filter(kind="reversal").count() == 1
    bank_and_books_agree(bank, "119.75")


def test_a_person_splits_what_came_in(bank, invoice):
    second = another(bank, "50.00")
    kept(camt(Line("150.00", "diverse")))
    parts = [services.Part(invoice=invoice, amount=Decimal("100.00")), services.Part(invoice=second, amount=Decimal("30.00"))]

    payment = services.bank_line_match(bank_transaction=the_line(), parts=parts)

    assert payment.on_account == Decimal("20.00")
    assert (paid(invoice)[1], paid(second)[1]) == (Decimal("100.00"), Decimal("30.00"))
    bank_and_books_agree(bank, "150.00")


def test_more_than_there_is_cannot_be_split(bank, invoice):
    kept(camt(Line("50.00", "diverse")))

    with pytest.raises(Malformed) as refusal:
        services.bank_line_match(bank_transaction=the_line(), parts=[services.Part(invoice=invoice, amount=Decimal("50.01"))])

    assert refusal.value.fields[0].code == "amount_not_free"
    assert the_line().state == "open"
    assert paid(invoice) == ("approved", Decimal("0.00"))


def test_what_is_left_alone_says_why(bank):
    kept(camt(Line("50.00", "eigen overboeking")))
    with pytest.raises(Malformed):
        services.bank_line_ignore(bank_transaction=the_line(), reason="  ", by=None)

    line = services.bank_line_ignore(bank_transaction=the_line(), reason="Eigen rekening", by=None)

    assert (line.state, line.note) == ("ignored", "Eigen rekening")
    assert reconciled() == (0, 0, 0)
    assert services.bank_line_undo(bank_transaction=line, by=None).state == "open"


def test_on_account_now_and_an_invoice_later(bank, invoice):
    kept(camt(Line("121.00", "vooruit")))
    services.bank_line_on_account(bank_transaction=the_line(), by=None, note="Belt terug")
    assert (the_line().state, the_line().note, Payment.objects.get().on_account) == (
        "on_account",
        "Belt terug",
        Decimal("121.00"),
    )

    services.bank_line_match(bank_transaction=the_line(), parts=[services.Part(invoice=invoice)])

    assert paid(invoice) == ("paid", Decimal("121.00"))
    bank_and_books_agree(bank, "121.00")


def test_matching_is_asked_for_at_the_door(api, bank, invoice):
    told = imported(api, camt(Line("121.00", invoice.invoice_number), Line("9.99", "wie weet", iban=DAAN)))
    assert (told["matched"], told["unmatched"]) == (0, 2)

    answer = api.post("payments/reconcile", {"business_entity": "chargecars"})

    assert (answer.status_code, answer.json()) == (200, {"matched": 1, "proposed": 0, "unmatched": 1})
    told = api.get(f"bank-statements/{told['id']}").json()
    assert (told["matched"], told["proposed"], told["unmatched"]) == (1, 0, 1)
    assert api.post("payments/reconcile", {}).json() == {"matched": 0, "proposed": 0, "unmatched": 1}


def test_who_asks_for_it_has_only_the_lines_of_their_own_companies_matched(client, api, bank, invoice):
    imported(api, camt(Line("121.00", invoice.invoice_number), Line("9.99", "wie weet", iban=DAAN)))
    stranger = Caller(client, user_with("finance.payments", entity=company_with_books("laderthuis")))

    assert stranger.post("payments/reconcile", {}).json() == {"matched": 0, "proposed": 0, "unmatched": 0}
    assert_refused(stranger.post("payments/reconcile", {"business_entity": "chargecars"}), 400, "malformed", "/business_entity")

    assert paid(invoice) == ("approved", Decimal("0.00"))
    assert not MatchProposal.objects.exists()
