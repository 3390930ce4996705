"""What a customer gets on paper, read back from the file."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.finance.documents.data import Adjustment, GAccountSplit, References
from apps.finance.documents.page import page_of
from apps.finance.documents.pdf import pdf
from apps.finance.documents.requirements import profile_for
from apps.finance.documents.ubl import ubl
from tests.finance.documents.paper_reader import Paper
from tests.finance.documents.papers import BUSINESS, CONSUMER, REDUCED, REVERSED, STANDARD, credit_note, invoice, line


def paper(document):
    return Paper(pdf(document, ubl(document, profile_for(document))))


def follows(text, name):
    """The piece of text that stands after the one with this name."""
    pieces = text.split("\n")
    return pieces[pieces.index(name) + 1]


def test_it_is_to_be_archived_with_the_e_invoice_in_it():
    document = invoice()
    made = paper(document)

    assert made.content.startswith(b"%PDF-1.7")
    assert b"<pdfaid:part>3</pdfaid:part>" in made.content
    assert b"<pdfaid:conformance>A</pdfaid:conformance>" in made.content
    assert b"/AFRelationship/Alternative" in made.content
    assert b"(invoice.xml)" in made.content
    assert made.attachment == ubl(document, profile_for(document))


def test_it_says_what_the_law_asks():
    document = invoice(line("2", "599.5", description="Laadpaal"), line("1.5", "72.5", unit_code="HUR", description="Montage"))
    said = paper(document).text

    assert said.startswith("ChargeCars\nChargeCars B.V.\nMelkrijder 21\n3861 SG Nijkerk\n085 130 6433\n")
    assert "Bouwbedrijf Van Dam B.V.\nT.a.v. Sanne Bakker\nKerkstraat 5-A\n1011 AB Amsterdam\nFactuur\n" in said
    assert "\nLaadpaal\n2\n€ 599,50\n21%\n€ 1.199,00\nMontage\n1,5 uur\n€ 72,50\n21%\n€ 108,75\n" in said
    assert "ChargeCars B.V.  ·  KvK 12345678  ·  Btw-id NL123456782B12  ·  IBAN NL20 INGB 0001 2345 67  ·  BIC INGBNL2A" in said
    assert {name: follows(said, name) for name in EXPECTED} == EXPECTED


EXPECTED = {
    "Nummer": "CC-2026-00042",
    "Datum": "27 november 2026",
    "Vervaldatum": "11 december 2026",
    "Leverdatum": "20 november 2026",
    "Onze order": "CC-ORD-2026-00007",
    "Uw btw-id": "NL810462215B01",
    "Uw KvK": "90004973",
    "Totaal excl. btw": "€ 1.307,75",
    "Btw 21% over € 1.307,75": "€ 274,63",
    "Totaal incl. btw": "€ 1.582,38",
    "Te betalen": "€ 1.582,38",
    "Betaling": "Wilt u € 1.582,38 uiterlijk op 11 december 2026 betalen?",
    "Rekening": "NL20 INGB 0001 2345 67",
    "Op naam van": "ChargeCars B.V.",
    "Betalingskenmerk": "RF63 CC20 2600 042",
}


def test_in_english_it_is_english_throughout():
    said = paper(invoice(line("1000", "1.2345"), line(vat=REVERSED), language="en", payment_terms="Within 14 days.")).text

    assert "\nInvoice\nNumber\nCC-2026-00042\nDate\n27 November 2026\n" in said
    assert "\n1,000\n€ 1.2345\n21%\n€ 1,234.50\n" in said
    assert follows(said, "VAT reverse charged, on € 100.00") == "€ 0.00"
    assert "Please pay € 1,593.75 by 11 December 2026." in said
    assert "Page 1 of 1" in said


def test_a_reverse_charge_says_so():
    said = paper(invoice(line(vat=REVERSED))).text

    assert "\n€ 100,00\nverlegd\n€ 100,00\n" in said
    assert follows(said, "Btw verlegd, over € 100,00") == "€ 0,00"
    assert follows(said, "Uw btw-id") == "NL810462215B01"


def test_a_credit_note_names_the_invoice_and_asks_for_no_money():
    said = paper(credit_note()).text

    assert "\nCreditnota\nNummer\nCCC-2026-00003\n" in said
    assert follows(said, "Crediteert factuur") == "CC-2026-00042"
    assert follows(said, "Te crediteren") == "€ 121,00"
    assert "Wij verrekenen € 121,00 met u; u hoeft niets te betalen." in said
    assert "Betalingskenmerk" not in said


def test_discounts_and_what_was_paid_are_shown():
    discount = Adjustment(reason="Volumekorting", amount=Decimal("10.00"), vat=STANDARD)
    said = paper(invoice(line(), line(vat=REDUCED), adjustments=[discount], prepaid="50.00")).text

    assert follows(said, "Totaal van de regels") == "€ 200,00"
    assert follows(said, "Korting: Volumekorting") == "−€ 10,00"
    assert follows(said, "Btw 21% over € 90,00") == "€ 18,90"
    assert follows(said, "Btw 9% over € 100,00") == "€ 9,00"
    assert follows(said, "Al betaald") == "−€ 50,00"
    assert follows(said, "Te betalen") == "€ 167,90"


def test_nothing_is_asked_for_what_is_paid():
    page = page_of(invoice(prepaid="121.00"))

    assert (page["request"], page["transfers"]) == ("U hoeft niets meer te betalen.", [])


def test_a_part_for_the_blocked_account_is_a_transfer_of_its_own():
    split = GAccountSplit(iban="NL91ABNA0417164300", amount=Decimal("21.00"), wages=Decimal("60.00"), reference="PGR12345")
    own, blocked = (dict(each["facts"]) for each in page_of(invoice(g_account=split))["transfers"])

    assert (own["Bedrag"], own["Onze eigen rekening"]) == ("€ 100,00", "NL20 INGB 0001 2345 67")
    assert (blocked["Bedrag"], blocked["G-rekening"]) == ("€ 21,00", "NL91 ABNA 0417 1643 00")
    assert (blocked["Kenmerk g-rekening"], blocked["Loonsom in deze factuur"]) == ("PGR12345", "€ 60,00")
    assert "Een deel van deze factuur gaat naar de g-rekening." in paper(invoice(g_account=split)).text


@pytest.mark.parametrize(
    ("reference", "last"),
    [("RF63CC202600042", "RF63CC202600042"), ("RF00CC202600042", "\nRF00CC202600042"), ("", "\nCC-2026-00042")],
)
def test_the_code_for_bank_apps_carries_the_transfer(monkeypatch, reference, last):
    """By the European Payments Council: a creditor reference where there is a right one, else a text."""
    import segno.helpers

    made = []
    make = segno.make_qr
    monkeypatch.setattr(segno, "make_qr", lambda content, **options: made.append(content.decode()) or make(content, **options))
    page_of(invoice(payment_reference=reference))

    assert made == [f"BCD\n002\n1\nSCT\n\nChargeCars B.V.\nNL20INGB0001234567\nEUR121\n\n{last}"]


def test_the_code_for_bank_apps_holds_no_more_than_it_may():
    long = invoice(payment_reference="€" * 140, seller=replace(invoice().seller, name="€" * 200))
    (transfer,) = page_of(long)["transfers"]
    (much,) = page_of(invoice(line("1", "999999999")))["transfers"]

    assert transfer["qr"].startswith("<svg ")
    assert much["qr"] == ""
    assert "€ 1.209.999.998,79" in paper(invoice(line("1", "999999999"))).text


def test_forty_lines_run_over_pages_and_each_page_says_what_it_is_of():
    pages = paper(invoice(*(line(description=f"Artikel {number}") for number in range(40)))).pages

    assert len(pages) == 2
    assert re.findall(r"Artikel (\d+)", "".join(pages)) == [str(number) for number in range(40)]
    assert pages[1].startswith("ChargeCars\nFactuur CC-2026-00042\nOmschrijving\nAantal\n")
    assert ("Pagina 1 van 2" in pages[0], "Pagina 2 van 2" in pages[1]) == (True, True)


def test_the_same_document_is_the_same_file():
    assert pdf(invoice(), b"<a/>") == pdf(invoice(), b"<a/>")


def test_many_at_once_get_their_own():
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda number: paper(invoice(number=f"CC-2026-{number:05d}")).text, range(8)))

    assert [f"CC-2026-{number:05d}" in text for number, text in enumerate(made)] == [True] * 8


DRAWABLE = st.text(st.characters(max_codepoint=0x3000), max_size=200)  # where fonts have something to choose from


@settings(max_examples=60)
@given(st.text(max_size=60) | DRAWABLE, DRAWABLE, st.text(max_size=200) | DRAWABLE)
def test_any_text_can_be_printed(description, name, note):
    document = invoice(
        line(description=f"x{description}", article_number=name),
        buyer=replace(BUSINESS, name=f"x{name}", contact=note),
        seller=replace(invoice().seller, trade_name=name, website=note),
        references=References(order_number=description, buyer_reference=name),
        payment_terms=note,
        note=note,
        payment_reference=note,
        colour=name,
    )

    assert Paper(pdf(document, b"<a/>")).attachment == b"<a/>"


def test_a_text_is_no_markup():
    said = paper(invoice(line(description='#panic("x") $x^2$ *bold* <label> @ref \\ // end'))).text

    assert '#panic("x") $x^2$ *bold* <label> @ref \\ // end' in said


def test_what_has_no_drawing_leaves_a_box():
    assert "□□ & Søn □" in paper(invoice(buyer=replace(CONSUMER, name="李龙 & Søn 😀"))).text


def test_a_day_of_delivery_may_be_unknown():
    said = paper(invoice(delivery_date=None, due_date=date(2026, 12, 1))).text

    assert "Leverdatum" not in said
