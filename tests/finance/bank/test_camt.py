import io
from datetime import date
from decimal import Decimal

import pytest

from apps.finance.clients.bank import BalanceDiffers, Closing, Entry, Statement, read
from tests.finance.bank.camt_files import balance, booking, document, notice, payment, statement
from tests.finance.bank.reading import DAAN, OUR_IBAN, SANNE, closings, entries, entry, items, refused, statements


def test_a_statement_is_told_as_its_head_its_entries_and_its_closing():
    head, first, closing = items(document(statement(booking("121.00", payment("Factuur 2026-0012")), closing="221.00")))

    assert head == Statement(
        account=OUR_IBAN,
        account_iban=OUR_IBAN,
        currency="EUR",
        number="231",
        opening_balance=Decimal("100.00"),
        opening_date=date(2026, 11, 25),
        source="CAMT.053.001.02",
        bank="ABNA",
        details_only=False,
        line=5,
    )
    assert first == Entry(
        booking_date=date(2026, 11, 26),
        value_date=date(2026, 11, 27),
        amount=Decimal("121.00"),
        counterparty_name="Sanne Bakker",
        counterparty_account=SANNE,
        counterparty_iban=SANNE,
        description="Factuur 2026-0012",
        end_to_end_id="E-1",
        bank_reference="B-77",
        booking_reference="B-77",
        type_code="PMNT/RCDT/ESCT",
        line=8,
    )
    assert closing == Closing(
        statement=head,
        closing_balance=Decimal("221.00"),
        closing_date=date(2026, 11, 26),
        expected_balance=Decimal("221.00"),
        entries=1,
        credits=Decimal("121.00"),
        debits=Decimal("0.00"),
    )


@pytest.mark.parametrize("version", ["02", "03", "04", "05", "06", "07", "08"])
def test_every_version_from_2_to_8_is_read(version):
    (head,) = statements(document(statement(), version=version))

    assert head.source == f"CAMT.053.001.{version}"


@pytest.mark.parametrize("version", ["01", "09", "13"])
def test_other_versions_are_refused(version):
    wrong = refused(document(statement(), version=version))

    assert (wrong.line, wrong.found) == (2, f"{{urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}}}Document")


def test_version_8_puts_a_layer_around_statuses_and_parties():
    inside = payment("Hallo").replace("<Nm>Sanne Bakker</Nm>", "<Pty><Nm>Sanne Bakker</Nm></Pty>")

    found = entry(document(statement(booking("1.00", inside, status="<Cd>BOOK</Cd>"), closing="101.00"), version="08"))

    assert (found.counterparty_name, found.description) == ("Sanne Bakker", "Hallo")


def test_several_accounts_in_one_file():
    content = document(
        statement(booking("1.00"), closing="101.00"),
        statement(booking("-2.00"), closing="98.00", iban=DAAN, number="9"),
        statement(number="10"),
    )

    assert [
        (each.statement.account_iban, each.statement.number, each.entries, each.credits, each.debits)
        for each in closings(content)
    ] == [
        (OUR_IBAN, "231", 1, Decimal("1.00"), Decimal("0.00")),
        (DAAN, "9", 1, Decimal("0.00"), Decimal("-2.00")),
        (OUR_IBAN, "10", 0, Decimal("0.00"), Decimal("0.00")),
    ]


def test_what_is_not_booked_is_not_told():
    assert entries(document(statement(booking("5.00", payment("x"), status="PDNG"), booking("7.00", status="INFO")))) == []


def test_a_debit_has_the_creditor_as_its_other_side():
    found = entry(
        document(statement(booking("-10.00", payment("Huur", role="Cdtr", name="Daan Visser", iban=DAAN)), closing="90.00"))
    )

    assert (found.amount, found.counterparty_name, found.counterparty_iban) == (Decimal("-10.00"), "Daan Visser", DAAN)


def test_a_reversal_keeps_its_direction_and_the_roles_of_what_it_reverses():
    sides = payment("Terug", name="Sanne Bakker").replace(
        "</RltdPties>", f"<Cdtr><Nm>Ons BV</Nm></Cdtr><CdtrAcct><Id><IBAN>{OUR_IBAN}</IBAN></Id></CdtrAcct></RltdPties>"
    )
    sides = sides.replace("</TxDtls>", "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls>")

    found = entry(document(statement(booking("-10.00", sides, extra="<RvslInd>true</RvslInd>"), closing="90.00")))

    assert (found.amount, found.is_reversal, found.counterparty_name, found.return_reason) == (
        Decimal("-10.00"),
        True,
        "Sanne Bakker",
        "AC04",
    )


def test_an_account_with_wrong_check_digits_is_kept_as_it_is_and_is_no_iban():
    found = entry(document(statement(booking("1.00", payment(iban="NL21INGB0001234567")), closing="101.00")))

    assert (found.counterparty_account, found.counterparty_iban) == ("NL21INGB0001234567", "")


@pytest.mark.parametrize(
    ("details", "description", "reference"),
    [
        (payment(strd="5000 0567 8901 2345"), "", "5000056789012345"),
        (payment(strd="RF18539007547034"), "", "RF18539007547034"),
        (payment(strd="RF19539007547034"), "RF19539007547034", ""),
        (payment("RF18 5390 0754 7034"), "RF18 5390 0754 7034", "RF18539007547034"),
        (payment("Betreft RF18 5390 0754 7034"), "Betreft RF18 5390 0754 7034", ""),
        (payment("4000056789012345"), "4000056789012345", ""),
    ],
)
def test_a_structured_reference_is_one_that_the_bank_marks_or_that_stands_alone_and_checks(details, description, reference):
    found = entry(document(statement(booking("1.00", details), closing="101.00")))

    assert (found.description, found.structured_reference) == (description, reference)


def test_a_full_line_of_text_runs_on_in_the_next():
    first = "Factuur 2026-00" + "x" * 125
    content = payment("@").replace("<Ustrd>@</Ustrd>", f"<Ustrd>{first}</Ustrd><Ustrd>12 en verder</Ustrd><Ustrd>einde</Ustrd>")

    assert entry(document(statement(booking("1.00", content), closing="101.00"))).description == f"{first}12 en verder einde"


def test_a_batch_comes_in_its_parts():
    batch = "<Btch><PmtInfId>RUN-9</PmtInfId><NbOfTxs>3</NbOfTxs></Btch>"
    parts = [
        payment(f"deel {number}", price=price, end_to_end=f"E-{number}")
        for number, price in enumerate(("10.00", "20.00", "0.50"), 1)
    ]

    found = entries(document(statement(booking("30.50", *parts, batch=batch), closing="130.50")))

    assert [(each.amount, each.description, each.end_to_end_id) for each in found] == [
        (Decimal("10.00"), "deel 1", "E-1"),
        (Decimal("20.00"), "deel 2", "E-2"),
        (Decimal("0.50"), "deel 3", "E-3"),
    ]
    assert {(each.batch_reference, each.batch_amount, each.batch_size) for each in found} == {("RUN-9", Decimal("30.50"), 3)}


def test_parts_that_do_not_make_the_batch_are_refused():
    wrong = refused(document(statement(booking("30.00", payment(price="10.00"), payment(price="20.01")), closing="130.00")))

    assert (wrong.line, wrong.found) == (8, "30.01")


def test_a_batch_whose_parts_have_no_amounts_stays_one_entry():
    found = entry(document(statement(booking("30.00", payment("een"), payment("twee")), closing="130.00")))

    assert (found.amount, found.description, found.batch_reference) == (Decimal("30.00"), "een twee", "B-77")


def test_a_batch_without_details_says_what_it_is_a_batch_of():
    found = entry(
        document(statement(booking("30.00", batch="<Btch><MsgId>RUN-9</MsgId><NbOfTxs>12</NbOfTxs></Btch>"), closing="130.00"))
    )

    assert (found.amount, found.batch_reference, found.batch_amount, found.batch_size) == (
        Decimal("30.00"),
        "RUN-9",
        Decimal("30.00"),
        12,
    )


def test_a_single_payment_has_the_amount_of_its_entry_whatever_was_instructed():
    foreign = payment("dollars").replace(
        "<RltdPties>", '<AmtDtls><InstdAmt><Amt Ccy="USD">35.00</Amt></InstdAmt></AmtDtls><RltdPties>', 1
    )

    found = entry(document(statement(booking("30.00", foreign), closing="130.00")))

    assert (found.amount, found.batch_reference) == (Decimal("30.00"), "")


def test_details_of_batches_are_told_as_such_and_find_their_booking_by_its_reference():
    head, first, second, closing = items(
        document(notice(booking("3.00", payment("a", price="1.00"), payment("b", price="2.00"))), message="054", version="08")
    )

    assert (head.details_only, head.opening_balance, head.source) == (True, None, "CAMT.054.001.08")
    assert [(each.amount, each.booking_reference) for each in (first, second)] == [
        (Decimal("1.00"), "B-77"),
        (Decimal("2.00"), "B-77"),
    ]
    assert (closing.closing_balance, closing.entries) == (None, 2)


def test_a_statement_that_does_not_add_up_is_refused_when_all_has_been_told():
    content = document(statement(booking("1.00"), closing="101.01"), statement(booking("2.00"), closing="102.00", number="232"))
    told = []

    with pytest.raises(BalanceDiffers) as caught:  # noqa: PT012  # what came before the refusal is looked at
        for item in read(io.BytesIO(content.encode())):
            told.append(item)  # noqa: PERF402  # a list would be lost with the refusal

    assert (caught.value.account, caught.value.number) == (OUR_IBAN, "231")
    assert (caught.value.expected, caught.value.stated) == (Decimal("101.00"), Decimal("101.01"))
    assert [item.adds_up for item in told if isinstance(item, Closing)] == [False, True]


def test_a_closing_balance_in_another_currency_is_none():
    other = statement(booking("1.00"), closing="101.00").replace(
        balance("CLBD", "101.00", "2026-11-26"), balance("CLBD", "101.00", "2026-11-26", currency="SEK")
    )

    with pytest.raises(BalanceDiffers) as caught:
        items(document(other))

    assert caught.value.stated is None


def test_the_previous_closing_balance_will_do_as_opening():
    head, *_ = items(document(statement().replace("OPBD", "PRCD")))

    assert head.opening_balance == Decimal("100.00")


@pytest.mark.parametrize(
    ("content", "line", "found"),
    [
        (statement(currency="USD"), 5, "USD"),
        (statement(booking("1.00", currency="USD"), closing="101.00"), 8, "USD"),
        (statement(booking("NaN"), closing="101.00"), 8, "NaN"),
        (statement(booking("1e9"), closing="101.00"), 8, "1e9"),
        (statement(booking("99999999999"), closing="101.00"), 8, "99999999999"),
        (statement(booking("1.005"), closing="101.00"), 8, "1.005"),
        (statement(booking("--1.00"), closing="101.00"), 8, "-1.00"),
        (statement(booking("1.00").replace("CRDT", "BOTH", 1), closing="101.00"), 8, "BOTH"),
        (statement().replace("OPBD", "XXXX"), 5, ""),
        (statement().replace("CLBD", "XXXX"), 5, ""),
        (statement().replace("<IBAN>", "<Nope>").replace("</IBAN>", "</Nope>"), 5, ""),
        ("", 1, ""),
    ],
)
def test_what_is_wrong_is_refused_with_its_line(content, line, found):
    wrong = refused(document(content))

    assert (wrong.line, wrong.found, wrong.code) == (line, found, "bank_file_unreadable")


def test_a_file_that_is_cut_off_is_refused_at_its_last_line():
    whole = document(statement(booking("1.00"), booking("2.00"), closing="103.00"))

    wrong = refused(whole[: whole.index("2.00")])

    assert wrong.line == 9


BOMB = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))


@pytest.mark.parametrize(
    "declared",
    [
        "<!DOCTYPE Document>",
        '<!DOCTYPE Document SYSTEM "file:///etc/passwd">',
        f'<!DOCTYPE Document [<!ENTITY l0 "lol">{BOMB}]>',
        f"<!--{'x' * 70_000}--><!DOCTYPE Document [<!ENTITY l0 'lol'>{BOMB}]>",
    ],
)
def test_a_dtd_is_refused(declared):
    content = document(statement(booking("1.00", payment("&l11;")), closing="101.00"))

    wrong = refused(content.replace("<Document", f"{declared}<Document", 1))

    assert str(wrong.expected) == "XML without a DTD"


def test_an_entry_without_end_is_refused():
    wrong = refused(document(statement(booking("1.00", "<TxDtls>" + "<x/>" * 400_000 + "</TxDtls>"), closing="101.00")))

    assert str(wrong.expected) == "an entry of at most 1 MB"


def test_elements_in_places_where_they_do_not_belong_are_refused():
    odd = (
        booking("1.00", payment("a"))
        .replace("<NtryDtls>", "<Odd><NtryDtls></NtryDtls><NtryDtls>")
        .replace("</NtryDtls></Ntry>", "</NtryDtls></Odd></Ntry>")
    )

    assert entry(document(statement(odd, closing="101.00"))).description == "a"
    assert refused(document(statement(booking("1.00", booking("1.00")), closing="101.00"))).line == 8
    assert refused(document(statement(booking("1.00", statement()), closing="101.00"))).line == 8
    assert refused(document(payment("a"))).line == 5
    assert refused(document(booking("1.00"))).line == 5


def test_xml_that_is_nested_without_end_is_refused():
    wrong = refused(document(statement(booking("1.00", "<a>" * 5000 + "</a>" * 5000), closing="101.00")))

    assert str(wrong.expected) == "well-formed XML"


def test_a_statement_that_stands_in_the_file_twice_is_refused():
    once = statement(booking("1.00", payment("a")), closing="101.00")

    wrong = refused(document(once, once))

    assert (str(wrong.expected), wrong.line, wrong.found) == ("each statement once", 11, f"{OUR_IBAN} 231")
    assert len(entries(document(statement(), statement()))) == 0


def test_a_part_without_an_amount_among_parts_with_one_is_refused():
    for stated in ("3.00", "0.00"):
        wrong = refused(document(statement(booking("3.00", payment(price=stated), payment()), closing="103.00")))
        assert (str(wrong.expected), wrong.found) == ("details that make the amount of their entry, 3.00", stated)


def test_an_entry_that_has_only_a_text_of_the_bank_tells_that():
    said = booking("-4.50").replace("</Ntry>", "<AddtlNtryInf>Kosten zakelijk betalingsverkeer</AddtlNtryInf></Ntry>")

    assert entry(document(statement(said, closing="95.50"))).description == "Kosten zakelijk betalingsverkeer"


def test_numbers_of_documents_are_part_of_the_text():
    said = payment("@").replace(
        "<Ustrd>@</Ustrd>",
        "<Strd><RfrdDocInf><Nb>2026-0012</Nb></RfrdDocInf></Strd><Strd><AddtlRmtInf>deel 1</AddtlRmtInf></Strd>",
    )

    assert entry(document(statement(booking("1.00", said), closing="101.00"))).description == "2026-0012 deel 1"
