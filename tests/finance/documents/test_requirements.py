"""What cannot be written is refused with every item named."""

from dataclasses import replace
from decimal import Decimal

import pytest

from apps.core.errors import Refused
from apps.finance.documents.data import Address, GAccountSplit, References
from apps.finance.documents.requirements import Profile, profile_for
from apps.finance.documents.ubl import ubl
from tests.finance.documents.papers import BUSINESS, CONSUMER, REVERSED, SELLER, STANDARD, credit_note, invoice, line

NOWHERE = Address(street="", postal_code="", city="")


def refusal(document, profile=Profile.NLCIUS):
    with pytest.raises(Refused) as refused:
        ubl(document, profile)
    assert refused.value.code == "einvoice_incomplete"
    return [(field.pointer, field.code) for field in refused.value.fields]


def test_every_missing_item_is_named_at_once():
    document = invoice(
        line(description=" \x00 "),
        number="",
        seller=replace(SELLER, name="", kvk_number="", vat_number="", iban="", address=NOWHERE),
        buyer=replace(BUSINESS, name="\u202e", kvk_number="", address=NOWHERE),
        due_date=None,
        payment_terms="",
    )

    assert refusal(document) == [
        ("/number", "missing"),
        ("/lines/0/description", "missing"),
        ("/seller/name", "missing"),
        ("/seller/kvk_number", "missing"),
        ("/seller/vat_number", "missing"),
        ("/seller/iban", "missing"),
        ("/seller/address", "missing"),
        ("/buyer/name", "missing"),
        ("/buyer/address", "missing"),
        ("/buyer/kvk_number", "missing"),
        ("/due_date", "missing"),
    ]


@pytest.mark.parametrize(
    ("document", "profile", "pointer"),
    [
        (invoice(line(vat=REVERSED), buyer=replace(BUSINESS, vat_number="")), Profile.NLCIUS, "/buyer/vat_number"),
        (invoice(buyer=CONSUMER), Profile.NLCIUS, "/buyer/kvk_number"),
        (invoice(buyer=CONSUMER), Profile.PEPPOL, "/buyer/endpoint"),
        (invoice(g_account=GAccountSplit(iban=" ", amount=Decimal("21.00"))), Profile.NLCIUS, "/g_account/iban"),
        (credit_note(references=References()), Profile.NLCIUS, "/references/preceding"),
    ],
)
def test_each_kind_of_document_has_needs_of_its_own(document, profile, pointer):
    assert refusal(document, profile) == [(pointer, "missing")]


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"lines": Decimal("100.01")}, "/totals/lines"),
        ({"discounts": Decimal("1.00")}, "/totals/discounts"),
        ({"vat": Decimal("21.01")}, "/totals/vat"),
        ({"incl_vat": Decimal("121.01")}, "/totals/incl_vat"),
        ({"payable": Decimal("121.01")}, "/totals/payable"),
        ({"prepaid": Decimal("0.005")}, "/totals"),
    ],
)
def test_sums_that_do_not_add_up_are_refused(changed, pointer):
    document = invoice()

    assert (pointer, "does_not_add_up") in refusal(replace(document, totals=replace(document.totals, **changed)))


def test_vat_must_be_of_the_lines():
    document = invoice()
    (group,) = document.vat

    assert ("/vat/0", "does_not_add_up") in refusal(replace(document, vat=(replace(group, taxable=Decimal(99)),)))
    assert ("/vat", "does_not_add_up") in refusal(replace(document, vat=()))


def test_vat_may_take_the_remainder_that_credit_notes_leave():
    document = credit_note(line("1", "100.00", STANDARD))
    (group,) = document.vat
    remainder = Decimal("0.01")
    sums = replace(document.totals, vat=Decimal("21.01"), incl_vat=Decimal("121.01"), payable=Decimal("121.01"))

    assert ubl(replace(document, vat=(replace(group, amount=group.amount + remainder),), totals=sums), Profile.NLCIUS)


@pytest.mark.parametrize("amount", ["0.00", "121.00", "-1.00"])
def test_a_part_is_more_than_nothing_and_less_than_all(amount):
    split = GAccountSplit(iban="NL91ABNA0417164300", amount=Decimal(amount))

    assert refusal(invoice(g_account=split)) == [("/g_account/amount", "does_not_add_up")]


def test_what_gives_money_back_is_a_credit_note():
    assert refusal(invoice(line("1", "-5"))) == [("/totals/payable", "negative")]


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1E+30"])
def test_an_amount_is_a_number_of_euros(value):
    document = invoice()

    assert refusal(replace(document, totals=replace(document.totals, payable=Decimal(value)))) == [("/totals", "no_number")]
    assert refusal(replace(document, lines=(replace(line(), quantity=Decimal(value)),))) == [("/totals", "no_number")]


def test_the_strictest_rules_that_fit_are_chosen():
    assert profile_for(invoice()) == Profile.NLCIUS
    assert profile_for(invoice(buyer=replace(CONSUMER, oin="00000001003214345000"))) == Profile.NLCIUS
    assert profile_for(invoice(buyer=CONSUMER)) == Profile.CORE
