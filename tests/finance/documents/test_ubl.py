"""What an e-invoice says, element by element."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.finance.documents.data import Adjustment, Endpoint, GAccountSplit, Preceding, References
from apps.finance.documents.requirements import Profile
from tests.finance.documents.papers import (
    BUSINESS,
    CONSUMER,
    EXEMPT,
    REDUCED,
    REVERSED,
    STANDARD,
    ZERO_RATE,
    cents,
    credit_note,
    invoice,
    line,
    values,
    written,
)

VATS = [STANDARD, REDUCED, ZERO_RATE, REVERSED, EXEMPT]
LINES = st.lists(
    st.builds(
        line,
        quantity=st.decimals(min_value="0.001", max_value=999, places=3).map(str),
        unit_price=st.decimals(min_value=0, max_value=9999, places=4).map(str),
        vat=st.sampled_from(VATS),
    ),
    min_size=1,
    max_size=8,
)


def test_an_invoice_says_who_asks_whom_for_what():
    root = written(invoice(line("2", "599.5", description="Laadpaal Zaptec Go 2\nmet kabel", article_number="ZAP-GO-2")))

    assert root.tag == "{urn:oasis:names:specification:ubl:schema:xsd:Invoice-2}Invoice"
    assert {path: values(root, path) for path in EXPECTED} == EXPECTED


EXPECTED = {
    "cbc:ID": ["CC-2026-00042"],
    "cbc:CustomizationID": ["urn:cen.eu:en16931:2017#compliant#urn:fdc:nen.nl:nlcius:v1.0"],
    "cbc:ProfileID": ["urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"],
    "cbc:IssueDate": ["2026-11-27"],
    "cbc:DueDate": ["2026-12-11"],
    "cbc:InvoiceTypeCode": ["380"],
    "cac:Delivery/cbc:ActualDeliveryDate": ["2026-11-20"],
    "cac:AccountingSupplierParty//cbc:EndpointID/@schemeID": ["0106"],
    "cac:AccountingSupplierParty//cac:PartyName/cbc:Name": ["ChargeCars"],
    "cac:AccountingSupplierParty//cbc:RegistrationName": ["ChargeCars B.V."],
    "cac:AccountingSupplierParty//cac:PartyLegalEntity/cbc:CompanyID[@schemeID='0106']": ["12345678"],
    "cac:AccountingSupplierParty//cac:PartyTaxScheme/cbc:CompanyID": ["NL123456782B12"],
    "cac:AccountingSupplierParty//cbc:PostalZone": ["3861 SG"],
    "cac:AccountingCustomerParty//cbc:RegistrationName": ["Bouwbedrijf Van Dam B.V."],
    "cac:AccountingCustomerParty//cac:PartyLegalEntity/cbc:CompanyID[@schemeID='0106']": ["90004973"],
    "cac:AccountingCustomerParty//cac:PartyTaxScheme/cbc:CompanyID": ["NL810462215B01"],
    "cac:AccountingCustomerParty//cac:Contact/cbc:Name": ["Sanne Bakker"],
    "cac:PaymentMeans/cbc:PaymentMeansCode": ["58"],
    "cac:PaymentMeans/cbc:PaymentID": ["RF63CC202600042"],
    "cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID": ["NL20INGB0001234567"],
    "cac:PaymentTerms/cbc:Note": ["Betaling binnen 14 dagen."],
    "cac:InvoiceLine/cbc:InvoicedQuantity": ["2"],
    "cac:InvoiceLine/cbc:InvoicedQuantity/@unitCode": ["C62"],
    "cac:InvoiceLine/cbc:LineExtensionAmount": ["1199.00"],
    "cac:InvoiceLine/cac:Item/cbc:Name": ["Laadpaal Zaptec Go 2"],
    "cac:InvoiceLine/cac:Item/cbc:Description": ["met kabel"],
    "cac:InvoiceLine/cac:Item/cac:SellersItemIdentification/cbc:ID": ["ZAP-GO-2"],
    "cac:InvoiceLine/cac:Item/cac:ClassifiedTaxCategory/cbc:Percent": ["21"],
    "cac:InvoiceLine/cac:Price/cbc:PriceAmount": ["599.5"],
    "cac:TaxTotal/cbc:TaxAmount": ["251.79"],
    "cac:LegalMonetaryTotal/cbc:PayableAmount": ["1450.79"],
}


def test_a_credit_note_names_what_it_credits_and_asks_for_nothing():
    root = written(credit_note(line("1", "50.00")), Profile.PEPPOL)

    assert root.tag == "{urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2}CreditNote"
    assert values(root, "cbc:CreditNoteTypeCode") == ["381"]
    assert values(root, "cac:BillingReference/cac:InvoiceDocumentReference/*") == ["CC-2026-00042", "2026-11-27"]
    assert values(root, "cac:CreditNoteLine/cbc:CreditedQuantity") == ["1"]
    assert values(root, "cac:LegalMonetaryTotal/cbc:PayableAmount") == ["60.50"]
    assert values(root, "cac:PaymentMeans | cbc:DueDate") == []


def test_the_government_does_not_want_the_date_of_what_is_credited():
    assert values(written(credit_note(), Profile.NLCIUS), "cac:BillingReference//*/text()[normalize-space()]") == [
        "CC-2026-00042"
    ]


@pytest.mark.parametrize(("language", "reason"), [("nl", "Btw verlegd"), ("en", "VAT reverse charged")])
def test_reverse_charge_says_so_in_the_language_of_the_document(language, reason):
    root = written(invoice(line(vat=REVERSED), language=language))
    category = "cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory"

    assert values(root, f"{category}/cbc:ID") == ["AE"]
    assert values(root, f"{category}/cbc:Percent") == ["0"]
    assert values(root, f"{category}/cbc:TaxExemptionReason") == [reason]
    assert values(root, "cac:TaxTotal/cac:TaxSubtotal/cbc:TaxAmount") == ["0.00"]


def test_each_rate_has_its_own_vat():
    root = written(invoice(line("3", "0.05"), line("1", "10.00", REDUCED), line("2", "1.00", ZERO_RATE), line("1", "0.05")))
    subtotal = "cac:TaxTotal/cac:TaxSubtotal"

    assert values(root, f"{subtotal}/cac:TaxCategory/cbc:Percent") == ["21", "9", "0"]
    assert values(root, f"{subtotal}/cbc:TaxableAmount") == ["0.20", "10.00", "2.00"]
    assert values(root, f"{subtotal}/cbc:TaxAmount") == ["0.04", "0.90", "0.00"]
    assert values(root, f"{subtotal}/cac:TaxCategory/cbc:TaxExemptionReason") == []


def test_a_part_for_the_blocked_account_uses_the_extension_of_nlcius():
    split = GAccountSplit(iban="NL91 ABNA 0417 1643 00", amount=Decimal("21.00"), wages=Decimal("60.00"), reference="PGR12345")
    root = written(invoice(g_account=split))

    assert values(root, "cbc:CustomizationID")[0].endswith("#conformant#urn:fdc:nen.nl:gaccount:v1.0")
    assert values(root, "cac:PaymentMeans/cbc:ID") == ["BENEFICIARY", "GACCOUNT"]
    assert values(root, "cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID") == ["NL20INGB0001234567", "NL91ABNA0417164300"]
    assert values(root, "cac:PaymentTerms/cbc:PaymentMeansID") == ["BENEFICIARY", "GACCOUNT"]
    assert values(root, "cac:PaymentTerms/cbc:Amount") == ["100.00", "21.00"]
    assert values(root, "cac:PaymentMeans/cbc:PaymentID") == ["RF63CC202600042"] * 2
    assert values(root, "cbc:Note") == ["Loonsom in deze factuur: EUR 60.00\nG-rekening: PGR12345"]


def test_elsewhere_the_part_for_the_blocked_account_is_told_in_words():
    split = GAccountSplit(iban="NL91ABNA0417164300", amount=Decimal("21.00"))
    root = written(invoice(g_account=split), Profile.PEPPOL)

    assert values(root, "cbc:CustomizationID") == ["urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"]
    assert values(root, "cac:PaymentTerms/cbc:Note") == [
        "Betaling binnen 14 dagen.\nG-rekening NL91ABNA0417164300: EUR 21.00\nOnze eigen rekening NL20INGB0001234567: EUR 100.00"
    ]


def test_what_a_line_differs_by_from_quantity_times_price_stands_as_rounding():
    root = written(credit_note(line("1", "33.33", total="33.34"), line("1", "10.00", total="9.99")))
    charge = "cac:CreditNoteLine/cac:AllowanceCharge"

    assert values(root, f"{charge}/cbc:ChargeIndicator") == ["true", "false"]
    assert values(root, f"{charge}/cbc:AllowanceChargeReason") == ["Afrondingsverschil"] * 2
    assert values(root, f"{charge}/cbc:Amount") == ["0.01", "0.01"]


def test_a_price_is_never_below_zero():
    root = written(invoice(line("1", "100"), line("2", "-10.5")))

    assert values(root, "cac:InvoiceLine/cbc:InvoicedQuantity") == ["1", "-2"]
    assert values(root, "cac:InvoiceLine/cac:Price/cbc:PriceAmount") == ["100", "10.5"]
    assert values(root, "cac:InvoiceLine/cbc:LineExtensionAmount") == ["100.00", "-21.00"]


def test_discounts_charges_and_what_was_paid_stand_in_the_totals():
    adjustments = [
        Adjustment(reason="Volumekorting", amount=Decimal("10.00"), vat=STANDARD),
        Adjustment(reason="Verzendkosten", amount=Decimal("4.00"), vat=STANDARD, is_charge=True),
    ]
    root = written(invoice(adjustments=adjustments, prepaid="13.74"))
    sums = {each.tag.rpartition("}")[2]: each.text for each in root.xpath("//*[local-name()='LegalMonetaryTotal']/*")}

    assert sums == {
        "LineExtensionAmount": "100.00",
        "TaxExclusiveAmount": "94.00",
        "TaxInclusiveAmount": "113.74",
        "AllowanceTotalAmount": "10.00",
        "ChargeTotalAmount": "4.00",
        "PrepaidAmount": "13.74",
        "PayableAmount": "100.00",
    }
    assert values(root, "cac:AllowanceCharge/cbc:AllowanceChargeReason") == ["Volumekorting", "Verzendkosten"]


@pytest.mark.parametrize(
    ("references", "buyer_reference", "orders"),
    [
        (References(), ["CC-2026-00042"], []),
        (References(order_number="CC-ORD-1"), ["CC-ORD-1"], ["NA", "CC-ORD-1"]),
        (References(order_number="CC-ORD-1", purchase_order="4500"), [], ["4500", "CC-ORD-1"]),
        (References(buyer_reference="Jansen", purchase_order="4500"), ["Jansen"], ["4500"]),
    ],
)
def test_there_is_always_something_by_which_the_customer_knows_it(references, buyer_reference, orders):
    root = written(invoice(references=references))

    assert values(root, "cbc:BuyerReference") == buyer_reference
    assert values(root, "cac:OrderReference/*") == orders


@pytest.mark.parametrize(
    ("buyer", "scheme", "value"),
    [
        ({"oin": "00000001003214345000"}, "0190", "00000001003214345000"),
        ({}, "0106", "90004973"),
        ({"kvk_number": ""}, "9944", "NL810462215B01"),
        ({"endpoint": Endpoint(scheme="0088", value="8712345000004")}, "0088", "8712345000004"),
    ],
)
def test_a_customer_is_reached_by_the_best_number_known(buyer, scheme, value):
    fields = {name: getattr(BUSINESS, name) for name in ("name", "address", "kvk_number", "vat_number", "email")}
    root = written(invoice(buyer=type(BUSINESS)(**{**fields, **buyer})), Profile.PEPPOL)
    endpoint = "cac:AccountingCustomerParty/cac:Party/cbc:EndpointID"

    assert (values(root, endpoint), values(root, f"{endpoint}/@schemeID")) == ([value], [scheme])


def test_a_consumer_gets_europes_rules_alone():
    root = written(invoice(buyer=CONSUMER), Profile.CORE)

    assert values(root, "cbc:CustomizationID") == ["urn:cen.eu:en16931:2017"]
    assert values(root, "cac:AccountingCustomerParty//cac:PartyLegalEntity/*") == ["Jan de Vries"]


@given(LINES)
def test_the_sums_hold_whatever_the_lines(lines):
    root = written(invoice(*lines))
    amounts = [Decimal(text) for text in values(root, "cac:InvoiceLine/cbc:LineExtensionAmount")]
    taxable = [Decimal(text) for text in values(root, "cac:TaxTotal/cac:TaxSubtotal/cbc:TaxableAmount")]
    tax = [Decimal(text) for text in values(root, "cac:TaxTotal/cac:TaxSubtotal/cbc:TaxAmount")]
    percents = [Decimal(text) for text in values(root, "cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:Percent")]
    excl_vat, incl_vat, payable = (
        Decimal(values(root, f"cac:LegalMonetaryTotal/cbc:{name}")[0])
        for name in ("TaxExclusiveAmount", "TaxInclusiveAmount", "PayableAmount")
    )

    assert sum(amounts) == sum(taxable) == excl_vat
    assert excl_vat + sum(tax) == incl_vat == payable
    assert [cents(amount * percent / 100) for amount, percent in zip(taxable, percents, strict=True)] == tax


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80))
def test_no_text_breaks_the_document(description, name, note):
    """Every text can be handed in: what XML cannot hold is left out, no element is empty, no markup comes in by a text."""
    root = written(
        invoice(line(description=f"x{description}"), buyer=type(CONSUMER)(name=f"x{name}", address=CONSUMER.address), note=note),
        Profile.CORE,
    )

    assert [each.tag for each in root.iter() if not len(each) and not (each.text or "").strip()] == []
    assert len(values(root, "cac:InvoiceLine/cac:Item/cbc:Name")) == 1
    assert root.xpath("count(//comment() | //processing-instruction())") == 0


def test_control_characters_are_left_out_and_lines_kept():
    odd = "Laad\x00paal\x07 \u202ered\u202c\ttab\r\n\r\n\ufeff‘O'Brien’ <&> 李 😀\ud800\uffff"
    root = written(invoice(line(description=odd), note=odd))

    assert values(root, "cac:InvoiceLine/cac:Item/*")[:2] == ["‘O'Brien’ <&> 李 😀", "Laadpaal red tab"]
    assert values(root, "cbc:Note") == ["Laadpaal red tab\n‘O'Brien’ <&> 李 😀"]


def test_the_date_of_what_is_credited_may_be_unknown():
    root = written(credit_note(references=References(preceding=Preceding(number="CC-2026-1"))), Profile.PEPPOL)

    assert values(root, "cac:BillingReference//cbc:ID") == ["CC-2026-1"]
    assert values(root, "cac:BillingReference//cbc:IssueDate") == []


def test_days_are_written_as_days():
    assert values(written(invoice(issue_date=date(2026, 1, 5))), "cbc:IssueDate") == ["2026-01-05"]
