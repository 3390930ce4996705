from datetime import date
from decimal import Decimal

import pytest

from apps.finance.clients.bank import BalanceDiffers, Entry
from tests.finance.bank.mt940_files import DIALECTS, Payment, balance, written
from tests.finance.bank.reading import SANNE, entries, entry, items, refused, statements

DAY = date(2026, 11, 26)
RABO = DIALECTS["Rabobank"]
SNS = DIALECTS["SNS"]
ONE = Payment(Decimal("1.00"), DAY, "Sanne Bakker", SANNE, "Factuur 2026-0012")


def moved(*lines: str, closing: str) -> bytes:
    head = SNS.statement(closing=Decimal(closing))
    return written(*head[:5], *lines, *head[5:])


def test_a_statement_and_its_entry():
    head, found, closing = items(written(*RABO.statement(ONE)))

    assert (head.account, head.account_iban, head.currency, head.number, head.source, head.bank, head.line) == (
        "NL44RABO0123456789",
        "NL44RABO0123456789",
        "EUR",
        "231/1",
        "MT940",
        "RABO",
        2,
    )
    assert (head.opening_balance, head.opening_date, head.details_only) == (Decimal("1000.00"), date(2026, 11, 25), False)
    assert found == Entry(
        booking_date=DAY,
        value_date=DAY,
        amount=Decimal("1.00"),
        counterparty_name="Sanne Bakker",
        counterparty_account=SANNE,
        counterparty_iban=SANNE,
        description="Factuur 2026-0012",
        type_code="N541",
        line=6,
    )
    assert (closing.statement, closing.closing_balance, closing.closing_date, closing.entries) == (
        head,
        Decimal("1001.00"),
        DAY,
        1,
    )


@pytest.mark.parametrize(
    ("line", "amount", "is_reversal"),
    [
        ("2611261126C10,00NTRFNONREF", "10.00", False),
        ("2611261126D10,00NTRFNONREF", "-10.00", False),
        ("2611261126RC10,00NTRFNONREF", "-10.00", True),
        ("2611261126RD10,00NTRFNONREF", "10.00", True),
        ("2611261126CR10,00NTRFNONREF", "10.00", False),
        ("2611261126RCR10,00NTRFNONREF", "-10.00", True),
        ("261126C10,5NTRFNONREF", "10.50", False),
        ("261126    C10,NTRFNONREF", "10.00", False),
        ("261126D000000000010,00N541EREF", "-10.00", False),
    ],
)
def test_every_form_of_a_statement_line(line, amount, is_reversal):
    found = entry(moved(f":61:{line}", closing=str(Decimal(1000) + Decimal(amount))))

    assert (found.amount, found.is_reversal, found.booking_date, found.value_date) == (Decimal(amount), is_reversal, DAY, DAY)


@pytest.mark.parametrize(
    ("line", "booked", "valued"),
    [
        ("2612310101C1,00NTRF", date(2027, 1, 1), date(2026, 12, 31)),
        ("2701011231C1,00NTRF", date(2026, 12, 31), date(2027, 1, 1)),
        ("2802290301C1,00NTRF", date(2028, 3, 1), date(2028, 2, 29)),
    ],
)
def test_the_booking_day_is_the_one_nearest_to_the_value_date(line, booked, valued):
    found = entry(moved(f":61:{line}", closing="1001.00"))

    assert (found.booking_date, found.value_date) == (booked, valued)


def test_pages_of_a_statement_each_add_up():
    first = SNS.statement(ONE)
    second = SNS.statement(opening=Decimal("1001.00"))
    pages = [line.replace("62F", "62M").replace("231/1", "231/1") for line in first]
    pages += [line.replace("60F", "60M").replace("231/1", "231/2") for line in second]

    assert [each.number for each in statements(written(*pages))] == ["231/1", "231/2"]


def test_latin_1_is_read_as_well_as_utf_8():
    latin = Payment(Decimal("1.00"), DAY, "Zoë Brönt", SANNE, "Café")

    for encoding in ("utf-8", "latin-1"):
        found = entry(written(*SNS.statement(latin), encoding=encoding))
        assert (found.counterparty_name, found.description) == ("Zoë Brönt", "Café")


def test_a_mark_of_utf_8_at_the_beginning_does_no_harm():
    assert len(entries(b"\xef\xbb\xbf" + written(*RABO.statement(ONE)))) == 1


def test_a_statement_that_does_not_add_up():
    with pytest.raises(BalanceDiffers) as caught:
        items(written(*SNS.statement(ONE, closing=Decimal("1001.01"))))

    assert (caught.value.expected, caught.value.stated, caught.value.number) == (Decimal("1001.00"), Decimal("1001.01"), "231/1")
    assert str(caught.value) == (
        "Statement 231/1 of NL12SNSB0123456789: opening balance and entries make 1001.00, the bank's closing balance is 1001.01."
    )


@pytest.mark.parametrize(
    ("line", "number"),
    [
        (":61:2611261126CNaN,00NTRF", 6),
        (":61:2611261126C-1,00NTRF", 6),
        (":61:2611261126C1,005NTRF", 6),
        (":61:2611261126C99999999999,00NTRF", 6),
        (":61:2611261126C1e9,00NTRF", 6),
        (":61:2613261126C1,00NTRF", 6),
        (":61:2611260231C1,00NTRF", 6),
        (":61:2611261126X1,00NTRF", 6),
        (":61:", 6),
        (":86:" + "x" * 5000, 6),
    ],
)
def test_a_line_that_is_wrong_is_refused_with_its_number(line, number):
    assert refused(moved(line, closing="1000.00")).line == number


@pytest.mark.parametrize(
    ("lines", "number", "expected"),
    [
        (["Dit is geen bankbestand"], 1, "a CAMT.053, CAMT.054 or MT940 file"),
        ([], 1, "a CAMT.053, CAMT.054 or MT940 file"),
        ([":20:1", ":25:NL12SNSB0123456789", ":61:2611261126C1,00NTRF"], 3, "an opening balance (:60F:) before a statement line"),
        ([":20:1", balance("60F", DAY, Decimal(1))], 2, "an account (:25:) before the opening balance"),
        ([":940:", balance("60F", DAY, Decimal(1))], 2, "the beginning of a statement (:20:)"),
        (
            [":20:1", ":25:NL12SNSB0123456789", balance("62F", DAY, Decimal(1))],
            3,
            "an opening balance (:60F:) before the closing balance",
        ),
        ([":20:1", ":25:NL12SNSB0123456789", ":60F:C261126USD1,00"], 3, "an account in EUR"),
        ([":20:1", ":25:NL12SNSB0123456789", ":60F:EUR1,00"], 3, "a balance, such as C261127EUR100,00"),
        ([":20:1", ":25:NL12SNSB0123456789"], 2, "a statement with its opening balance (:60F:)"),
        (SNS.statement(ONE)[:8], 8, "a closing balance (:62F:)"),
        ([*SNS.statement(ONE)[:8], *SNS.statement(ONE)], 10, "a closing balance (:62F:)"),
        ([*SNS.statement(), "Met vriendelijke groet"], 8, "a field of an MT940, such as :20:"),
        ([*SNS.statement(ONE)[:7], "te\x07kst"], 8, "readable text"),
    ],
)
def test_what_is_no_mt940_is_refused_with_what_was_expected(lines, number, expected):
    wrong = refused(written(*lines))

    assert (wrong.line, str(wrong.expected)) == (number, expected)


def test_an_unknown_bank_is_refused_by_name_of_the_known_ones():
    wrong = refused(
        written(
            ":20:STARTUMSE", ":25:51210600/9223382012", ":28C:1", balance("60F", DAY, Decimal(1)), balance("62F", DAY, Decimal(1))
        )
    )

    assert (wrong.line, wrong.found) == (2, "51210600/9223382012")
    assert str(wrong.expected) == "an MT940 of ABN AMRO, ASN, bunq, ING, Knab, Rabobank, RegioBank, SNS, Triodos"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_refused(encoding):
    wrong = refused(written(*SNS.statement(ONE), encoding=encoding))

    assert str(wrong.expected) == "text in UTF-8 or Latin-1, not in UTF-16 and no other bytes"
