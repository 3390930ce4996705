"""What each bank writes, read back: by hand once, and over the space of payments."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.finance.clients.bank import Entry
from tests.finance.bank.mt940_files import DIALECTS, OPENING, OURS, Payment, written
from tests.finance.bank.reading import DAAN, SANNE, closings, entries, entry, statements

DAY = date(2026, 11, 26)
TEXT = st.lists(st.text("ABCdefgh0123456789.,-+()", min_size=1, max_size=14), min_size=1, max_size=24).map(" ".join)
NAMES = st.sampled_from(["Sanne Bakker", "J. de Vries e/o M. Smit", "Installatiebedrijf Visser BV"])


@st.composite
def payments(draw, *, longest: int):
    cents = draw(st.integers(1, 999_999_99)) * draw(st.sampled_from([1, -1]))
    name, iban = draw(NAMES), draw(st.sampled_from([SANNE, DAAN]))
    return Payment(Decimal(cents) / 100, DAY, name, iban, draw(TEXT)[:longest].strip())


def told(each: Entry) -> tuple:
    return each.amount, each.booking_date, each.counterparty_iban, "".join(f"{each.counterparty_name}{each.description}".split())


def paid(each: Payment) -> tuple:
    return each.amount, each.day, each.iban, "".join(f"{each.name}{each.text}".split())


@pytest.mark.parametrize("name", DIALECTS)
@given(data=st.data())
def test_what_is_written_in_a_dialect_is_read_back(name, data):
    dialect = DIALECTS[name]
    made = data.draw(st.lists(payments(longest=150), max_size=5))
    end, encoding = data.draw(st.sampled_from(["\n", "\r\n"])), data.draw(st.sampled_from(["utf-8", "latin-1"]))

    content = written(*dialect.statement(*made), end=end, encoding=encoding)

    assert [told(each) for each in entries(content)] == [paid(each) for each in made]
    assert [(each.bank, each.account_iban, each.opening_balance) for each in statements(content)] == [
        (dialect.bank, OURS[dialect.bank], OPENING)
    ]


@pytest.mark.parametrize("name", DIALECTS)
@given(data=st.data())
def test_words_that_a_bank_breaks_are_whole_again(name, data):
    made = data.draw(payments(longest=150))

    found = entry(written(*DIALECTS[name].statement(made)))

    said = f"{made.name} {made.text}" if name == "Triodos" else made.text
    assert found.description == " ".join(said.split())


@pytest.mark.parametrize("name", DIALECTS)
def test_several_statements_in_one_file(name):
    dialect = DIALECTS[name]
    one = Payment(Decimal("12.50"), DAY, "Sanne Bakker", SANNE, "Factuur 1")
    other = Payment(Decimal("-2.50"), DAY, "Daan Visser", DAAN, "Huur")

    content = written(*dialect.statement(one), *dialect.statement(), *dialect.statement(one, other))

    assert [(each.entries, each.closing_balance) for each in closings(content)] == [
        (1, Decimal("1012.50")),
        (0, Decimal("1000.00")),
        (2, Decimal("1010.00")),
    ]


def movement(name: str, *lines: str, closing: str = "1001.00") -> Entry:
    """The entry that the lines make in a statement of the bank."""
    head, end = DIALECTS[name].statement(closing=Decimal(closing)), ":62F:"
    at = next(place for place, text in enumerate(head) if text.startswith(end))
    return entry(written(*head[:at], *lines, *head[at:]))


def test_abn_amro_in_codes_over_lines_that_break_an_account():
    found = movement(
        "ABN AMRO",
        ":61:2611261126C1,N658NONREF",
        ":86:/TRTP/SEPA INCASSO ALGEMEEN DOORLOPEND/CSID/NL12ZZZ344556670000/IBAN/",
        f"{SANNE}/BIC/INGBNL2A/NAME/Sanne Bakker/MARF/M-77/REMI/ISSU",
        "ER: CUR                  REF: 5000056789012345/EREF/E-1",
    )

    assert (found.counterparty_iban, found.mandate_id, found.structured_reference, found.description, found.end_to_end_id) == (
        SANNE,
        "M-77",
        "5000056789012345",
        "",
        "E-1",
    )


def test_abn_amro_in_cells():
    found = movement(
        "ABN AMRO",
        ":61:2611271126C1,N946NONREF",
        f":86:SEPA ACCEPTGIROBETALING          IBAN: {SANNE}",
        "BIC: INGBNL2A                    NAAM: Sanne Bakker",
        "BETALINGSKENM.: 5000056789012345 ID DEBITEUR: 777777777",
    )

    assert (found.value_date, found.booking_date) == (date(2026, 11, 27), DAY)
    assert (found.counterparty_iban, found.counterparty_name, found.structured_reference) == (
        SANNE,
        "Sanne Bakker",
        "5000056789012345",
    )


def test_abn_amro_at_a_till_says_all_it_knows():
    found = movement(
        "ABN AMRO", ":61:2611261126C1,N426NONREF", ":86:BEA   NR:1XY234   26.11.26/12.54 BOUWMARKT HELDER UTRECHT,PAS001", ""
    )

    assert (found.description, found.counterparty_name) == ("BEA NR:1XY234 26.11.26/12.54 BOUWMARKT HELDER UTRECHT,PAS001", "")


def test_ing_marks_references_and_returns():
    found = movement(
        "ING",
        ":61:2611261126C1,00NRTIEREF//00000000001007/TRCD/00190/",
        f":86:/RTRN/MS03//EREF/20260123456789//CNTP/{SANNE}/INGBNL2A/S. Bakke",
        "r///REMI/STRD/CUR/5000056789012345/",
    )

    assert (found.bank_reference, found.type_code, found.return_reason, found.end_to_end_id) == (
        "00000000001007",
        "NRTI",
        "MS03",
        "20260123456789",
    )
    assert (found.counterparty_name, found.structured_reference, found.description) == ("S. Bakker", "5000056789012345", "")


def test_ing_puts_a_payment_reference_in_the_statement_line():
    found = movement(
        "ING",
        ":61:2611261126C1,00NTRF5000056789012345//14232632703135",
        "/TRCD/00100/",
        f":86:/CNTP/{SANNE}/INGBNL2A/S. BAKKER//",
    )

    assert (found.structured_reference, found.end_to_end_id, found.counterparty_iban) == ("5000056789012345", "", SANNE)


def test_a_marked_reference_that_does_not_check_is_text():
    found = movement("ING", ":61:2611261126C1,00NTRFNONREF//1", ":86:/REMI/STRD/CUR/4000056789012345/")

    assert (found.structured_reference, found.description) == ("", "4000056789012345")


def test_ing_before_its_codes_begins_with_the_account():
    found = movement(
        "ING", ":61:261126C1,00NGT NONREF", f":86:{SANNE} INGBNL2A S. BAKKER BTW 3e kwartaal", "SCOR/CUR/5000056789012345"
    )

    assert (found.counterparty_iban, found.structured_reference) == (SANNE, "5000056789012345")


def test_rabobank_books_on_the_day_of_its_statement():
    found = movement(
        "Rabobank",
        ":61:261101C000000000001,00N586PREF",
        "0000000000",
        ":86:/PREF/RUN-2026-9/BENM//NAME/Daan Visser/REMI//CDTRREFTP//CD/SCOR/",
        "ISSR/CUR/CDTRREF/5000056789012345/ISDT/2026-11-26",
    )

    assert (found.value_date, found.booking_date) == (date(2026, 11, 1), DAY)
    assert (found.counterparty_account, found.counterparty_name, found.batch_reference) == ("", "Daan Visser", "RUN-2026-9")
    assert (found.structured_reference, found.description) == ("5000056789012345", "")


def test_rabobank_leaves_a_dash_alone_on_a_line():
    found = movement(
        "Rabobank",
        ":61:261126C000000000001,00N541NONREF",
        SANNE,
        ":86:/ORDP//NAME/Sanne Bakker/REMI/Periode 1 ",
        "-",
        "2 verlenging",
    )

    assert (found.counterparty_iban, found.description) == (SANNE, "Periode 1 - 2 verlenging")


def test_asn_writes_codes_below_the_name():
    found = movement(
        "ASN",
        f":61:2611261126C1,00NINC{SANNE}",
        "sanne bakker",
        f":86:{SANNE} sanne bakker",
        " " * 65,
        "/TRTP/Europese Incasso/CSID/NL12ZZZ344556670000/NAME/SANNE BAKKER",
        f"/MARF/M-77/REMI/Factuur 12/IBAN/{SANNE}/EREF/E-1".ljust(65),
    )

    assert (found.counterparty_name, found.description, found.mandate_id, found.end_to_end_id) == (
        "SANNE BAKKER",
        "Factuur 12",
        "M-77",
        "E-1",
    )


def test_sns_interest_has_no_other_side():
    found = movement(
        "SNS", ":61:2611261126C1,00NRNT", ":86: ", " " * 65, "creditrente                     01-01-26 tot 01-11-26".ljust(65)
    )

    assert (found.counterparty_account, found.counterparty_name, found.description) == (
        "",
        "",
        "creditrente 01-01-26 tot 01-11-26",
    )


def test_triodos_in_codes():
    found = movement(
        "Triodos",
        ":61:261126C1,00NET0NONREF",
        f":86:/CNTP/{SANNE}/INGBNL2A/S. Bakker/UTRECHT//EREF/E-1//RE",
        "MI/USTD//Factuur 12/",
    )

    assert (found.counterparty_iban, found.counterparty_name, found.description, found.end_to_end_id) == (
        SANNE,
        "S. Bakker",
        "Factuur 12",
        "E-1",
    )


def test_triodos_between_its_own_accounts():
    found = movement("Triodos", ":61:261126C1,00NIT NONREF", ":86:000>100555555555", ">20SPAARREKENING>310123456789")

    assert (found.counterparty_account, found.counterparty_iban, found.description) == ("0555555555", "", "SPAARREKENING")


def test_knab_leaves_out_the_comma():
    found = movement(
        "Knab", ":61:2611261126C1NTRF26-11-2026 10:05//B4G29PGDCK1QFV3E", ":86:ORDER 264267", f"REK: {SANNE}/NAAM: S. Bakker"
    )

    assert (found.amount, found.bank_reference, found.counterparty_iban, found.description) == (
        Decimal("1.00"),
        "B4G29PGDCK1QFV3E",
        SANNE,
        "ORDER 264267",
    )


def test_bunq_without_an_account():
    found = movement("bunq", ":61:2611261126C1,NMSCNONREF", ":86:/NAME/Albert Bouw 1438/REMI/Albert Bouw 1438 ARNHEM, NL")

    assert (found.counterparty_account, found.counterparty_name, found.description) == (
        "",
        "Albert Bouw 1438",
        "Albert Bouw 1438 ARNHEM, NL",
    )


def test_a_reference_without_end_takes_no_time():
    spaces = [" " * 3990] * 190
    found = movement("ABN AMRO", ":61:2611261126C1,N658NONREF", ":86:/TRTP/x/REMI/ISSUER: CUR REF: ", *spaces, "!")

    assert found.description == "ISSUER: CUR REF: !"
