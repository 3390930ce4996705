"""Documents of real invoices: what stands on them is what the books know, and no later change reaches it."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings

from apps.core.errors import Refused
from apps.core.money import CENT
from apps.finance import services
from apps.finance.choices import VatCategory
from apps.finance.documents.data import Address, GAccountSplit, Kind, Preceding, References
from apps.finance.documents.filling import document_of
from apps.finance.documents.pdf import pdf
from apps.finance.documents.requirements import Profile, profile_for
from apps.finance.documents.ubl import ubl
from apps.finance.models import Invoice, JournalEntry
from apps.orders.choices import LineItemType
from apps.organizations.models import Address as Place
from apps.organizations.models import BankAccount, BusinessEntity, NumberSequence
from tests.factories.organizations import AddressFactory, BankAccountFactory, ContactFactory, OrganizationFactory
from tests.finance.conftest import completed_order, generated
from tests.finance.documents.cases import G_ACCOUNT, cases, documents_of, renamed
from tests.finance.documents.paper_reader import Paper
from tests.finance.documents.papers import values, written
from tests.transactions import undone

SUMS = "cac:LegalMonetaryTotal/cbc:"
PARTS = ("TaxExclusiveAmount", "TaxInclusiveAmount", "PayableAmount")


def amounts(invoice: Invoice) -> list[str]:
    sums = (invoice.subtotal_excl_tax, invoice.total_amount, invoice.total_amount)
    return [str(abs(amount).quantize(CENT)) for amount in sums]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=cases)
def test_an_e_invoice_comes_to_what_the_invoice_comes_to(db, case):
    with undone():
        for invoice in documents_of(case):
            document = document_of(invoice)
            root = written(document, profile_for(document))

            assert values(root, "cbc:ID") == [invoice.invoice_number]
            assert [values(root, f"{SUMS}{part}")[0] for part in PARTS] == amounts(invoice)
            assert values(root, "cac:TaxTotal/cbc:TaxAmount") == [str(abs(invoice.total_tax).quantize(CENT))]
            of_lines = [Decimal(text) for text in values(root, "//cbc:LineExtensionAmount[../cac:Item]")]
            assert of_lines == [-line.total if invoice.is_credit_note else line.total for line in invoice.lines.all()]
            groups = zip(
                values(root, "//cac:TaxSubtotal/cac:TaxCategory/cbc:ID"),
                values(root, "//cac:TaxSubtotal/cbc:TaxableAmount"),
                values(root, "//cac:TaxSubtotal/cbc:TaxAmount"),
                strict=True,
            )
            sign = -1 if invoice.is_credit_note else 1
            assert [(category, Decimal(taxable), Decimal(amount)) for category, taxable, amount in groups] == [
                (tax.vat_category, sign * tax.taxable, sign * tax.amount) for tax in invoice.taxes.all()
            ]


def test_what_an_invoice_says_of_both_parties_and_of_the_order(company):
    company.website_url, company.branding_config = "https://chargecars.example.nl/", {"primary_color": "#0066CC"}
    company.save()
    order = completed_order(company, billing_address=AddressFactory(street="Kade", house_number=3, house_number_addition="bis"))

    document = document_of(generated(order, customer_reference=" 4500012345 "))

    assert (document.seller.name, document.seller.trade_name) == ("ChargeCars B.V.", "ChargeCars")
    assert (document.seller.website, document.colour) == ("chargecars.example.nl", "#0066CC")
    assert document.seller.iban == company.primary_bank_account.iban
    assert (document.buyer.name, document.buyer.contact) == ("Sanne de Wit", "Sanne de Wit")
    assert document.buyer.address == Address(street="Kade 3 bis", postal_code="3861 AB", city="Nijkerk")
    assert document.references == References(order_number=order.order_number, purchase_order="4500012345")
    assert document.payment_terms == "Betaling binnen 14 dagen na de factuurdatum."
    assert (document.kind, document.language, document.g_account) == (Kind.INVOICE, "nl", None)
    assert profile_for(document) == Profile.CORE


def test_a_customer_renamed_later_changes_no_invoice(company):
    invoice = generated(completed_order(company))
    before = document_of(invoice)
    printed = pdf(before, ubl(before, profile_for(before)))

    renamed(invoice.billing_organization)
    BusinessEntity.objects.update(legal_name="Anders B.V.", branding_config={}, website_url="")
    BankAccount.objects.update(iban="NL02ABNA0123456789")
    Place.objects.update(street="Elders", city="Urk")
    invoice.order.line_items.update(description="Iets anders", article=None)

    after = document_of(Invoice.objects.get(pk=invoice.pk))
    assert after == before
    assert pdf(after, ubl(after, profile_for(after))) == printed


def test_a_credit_note_gives_back_in_positive_amounts_and_names_the_invoice(company):
    invoice = generated(completed_order(company, ("2", "100.00", "0.21")))
    note = services.invoice_credit(invoice=invoice, reason="Eén paal retour", by=None)

    document = document_of(note)

    assert document.kind == Kind.CREDIT_NOTE
    assert [(line.quantity, line.total) for line in document.lines] == [(Decimal(2), Decimal("200.00"))]
    assert (document.totals.payable, document.due_date, document.payment_reference) == (Decimal("242.00"), None, "")
    assert document.references.preceding == Preceding(number=invoice.invoice_number, issue_date=invoice.invoice_date)
    assert document.note == "Reden: Eén paal retour"


def contractor_order(company, *, work: str = "1000.00", configuration: dict | None = None):
    agreed = {"reverse_charge": True, "g_account": G_ACCOUNT} if configuration is None else configuration
    buyer = OrganizationFactory(
        organization_type="customer_business", name="Bouwbedrijf Van Dam", legal_name="Bouwbedrijf Van Dam B.V.",
        kvk_number="90004973", vat_number="NL810462215B01", default_billing_configuration=agreed,
    )  # fmt: skip
    order = completed_order(
        company, ("1", work, "0.21"), ("1", "500.00", "0.21"), customer_organization=buyer,
        primary_contact=ContactFactory(organization=buyer), billing_address=AddressFactory(),
    )  # fmt: skip
    order.line_items.filter(line_order=1).update(line_item_type=LineItemType.SERVICE)
    return order


def test_a_contractor_owes_the_vat_and_pays_a_part_of_the_wages_on_the_blocked_account(company):
    blocked = BankAccountFactory(business_entity=company, is_blocked=True)

    document = document_of(generated(contractor_order(company)))

    assert document.g_account == GAccountSplit(
        iban=blocked.iban, amount=Decimal("240.00"), wages=Decimal("600.00"), reference="WKA-2026-7"
    )
    assert [(line.vat.category, line.vat.rate) for line in document.lines] == [
        (VatCategory.REVERSE_CHARGE, Decimal(0)),
        (VatCategory.STANDARD, Decimal("0.21")),
    ]
    assert profile_for(document) == Profile.NLCIUS
    said = Paper(pdf(document, ubl(document, Profile.NLCIUS))).text
    assert "Btw verlegd" in said
    assert "€ 240,00" in said


def test_without_a_blocked_account_such_an_invoice_is_not_approved_and_takes_no_number(company):
    with pytest.raises(Refused) as refusal:
        generated(contractor_order(company))

    assert [(each.pointer, each.code) for each in refusal.value.fields] == [("/seller/g_account", "missing")]
    assert not Invoice.objects.exists()
    assert not JournalEntry.objects.exists()


def test_a_customer_without_a_street_is_refused_before_a_number_is_used(company):
    order = completed_order(company, billing_address=AddressFactory(street="", house_number=None, flag="house_number_unreadable"))

    with pytest.raises(Refused) as refusal:
        generated(order)

    assert refusal.value.code == "einvoice_incomplete"
    assert [each.pointer for each in refusal.value.fields] == ["/buyer/address"]
    assert not NumberSequence.objects.filter(document_type="invoice", current_value__gt=0).exists()


def test_a_draft_is_no_document(company):
    with pytest.raises(ValueError, match="draft"):
        document_of(generated(completed_order(company), draft=True))
