"""Invoices and credit notes as UBL 2.1: Peppol BIS Billing 3, NLCIUS (SI-UBL 2.0) with its g-account extension, or EN 16931 alone.

The comments name the business terms (BT) and rules (BR) of EN 16931, NLCIUS (BR-NL), the extension (BR-GA) and Peppol.
"""

from decimal import Decimal
from typing import Any

from lxml import etree

from apps.core.money import ZERO, line_total
from apps.finance.documents.data import Address, Adjustment, Buyer, Endpoint, InvoiceDocument, Line, Seller, Vat, VatSubtotal
from apps.finance.documents.requirements import KVK, OIN, Profile, endpoint_of, refuse_incomplete
from apps.finance.documents.words import reason_of, words
from apps.finance.documents.written import amount, clean, clean_lines, compact, plain

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
CAC, CBC = f"{UBL}CommonAggregateComponents-2", f"{UBL}CommonBasicComponents-2"
EUR = {"currencyID": "EUR"}
SEPA_TRANSFER = "58"
OWN, BLOCKED = "BENEFICIARY", "GACCOUNT"
NO_ORDER = "NA"  # an order reference must have a customer's number; Peppol has this for where only ours is known
PROCESS = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
CORE = "urn:cen.eu:en16931:2017"
CUSTOMIZATIONS = {
    Profile.CORE: CORE,
    Profile.PEPPOL: f"{CORE}#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0",
    Profile.NLCIUS: f"{CORE}#compliant#urn:fdc:nen.nl:nlcius:v1.0",
}
WITH_G_ACCOUNT = "#conformant#urn:fdc:nen.nl:gaccount:v1.0"

Element = Any  # lxml's own type is private


def ubl(document: InvoiceDocument, profile: Profile) -> bytes:
    """The document in UTF-8.

    Raises:
        Refused: einvoice_incomplete, with every item that is missing or does not add up.
    """
    refuse_incomplete(document, profile)
    name = "CreditNote" if document.is_credit_note else "Invoice"
    root = etree.Element(f"{{{UBL}{name}-2}}{name}", nsmap={None: f"{UBL}{name}-2", "cac": CAC, "cbc": CBC})
    _head(root, document, profile)
    _references(root, document, profile)
    _seller(_aggregate(_aggregate(root, "AccountingSupplierParty"), "Party"), document.seller)
    _buyer(_aggregate(_aggregate(root, "AccountingCustomerParty"), "Party"), document.buyer)
    _delivery(root, document)
    _payment(root, document, profile)
    for adjustment in document.adjustments:
        _adjustment(root, adjustment)
    _taxes(root, document)
    _totals(root, document)
    for position, line in enumerate(document.lines, start=1):
        _line(root, document, position, line)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def has_split(document: InvoiceDocument, profile: Profile) -> bool:
    """Is it written with the g-account extension? That is one of NLCIUS, and of invoices alone."""
    return profile == Profile.NLCIUS and document.g_account is not None and not document.is_credit_note


def _aggregate(parent: Element, name: str) -> Element:
    return etree.SubElement(parent, f"{{{CAC}}}{name}")


def _basic(parent: Element, name: str, text: str, **attributes: str) -> None:
    """A value; none where there is no text, since an empty element is refused (PEPPOL-EN16931-R008)."""
    if text:
        etree.SubElement(parent, f"{{{CBC}}}{name}", attributes).text = text


def _money(parent: Element, name: str, value: Decimal) -> None:
    _basic(parent, name, amount(value), **EUR)


def _head(root: Element, document: InvoiceDocument, profile: Profile) -> None:
    kind = "CreditNote" if document.is_credit_note else "Invoice"
    extension = WITH_G_ACCOUNT if has_split(document, profile) else ""
    _basic(root, "CustomizationID", CUSTOMIZATIONS[profile] + extension)
    _basic(root, "ProfileID", PROCESS)
    _basic(root, "ID", clean(document.number))
    _basic(root, "IssueDate", document.issue_date.isoformat())
    if document.due_date and not document.is_credit_note:  # UBL's credit note has no place for it
        _basic(root, "DueDate", document.due_date.isoformat())
    _basic(root, f"{kind}TypeCode", str(document.kind.value))
    _basic(root, "Note", _note(document))
    _basic(root, "DocumentCurrencyCode", "EUR")


def _note(document: InvoiceDocument) -> str:
    """One note in all (PEPPOL-EN16931-R002): the document's own, and what else is to be known of the blocked account."""
    split, said = document.g_account, words(document.language)
    parts = [clean_lines(document.note)]
    if split is not None and split.wages is not None:
        parts.append(f"{said['wages']}: EUR {amount(split.wages)}")
    if split is not None and clean(split.reference):
        parts.append(f"{said['g_account']}: {clean(split.reference)}")
    return "\n".join(part for part in parts if part)


def _references(root: Element, document: InvoiceDocument, profile: Profile) -> None:
    """A customer's reference or order number must be there (BR-NL-2): where it gave none, it knows our number."""
    references = document.references
    ours, theirs = clean(references.order_number), clean(references.purchase_order)
    said = clean(references.buyer_reference)
    _basic(root, "BuyerReference", said or ("" if theirs else ours or clean(document.number)))
    if theirs or ours:
        order = _aggregate(root, "OrderReference")
        _basic(order, "ID", theirs or NO_ORDER)
        _basic(order, "SalesOrderID", ours)
    if references.preceding is not None:
        preceding = _aggregate(_aggregate(root, "BillingReference"), "InvoiceDocumentReference")
        _basic(preceding, "ID", clean(references.preceding.number))
        if references.preceding.issue_date and profile != Profile.NLCIUS:  # not recommended there (BR-NL-24)
            _basic(preceding, "IssueDate", references.preceding.issue_date.isoformat())


def _seller(party: Element, seller: Seller) -> None:
    _endpoint(party, endpoint_of(seller))
    _name(party, seller.trade_name)
    _address(_aggregate(party, "PostalAddress"), seller.address)
    _tax_scheme(_aggregate(party, "PartyTaxScheme"), seller.vat_number)
    entity = _aggregate(party, "PartyLegalEntity")
    _basic(entity, "RegistrationName", clean(seller.name))
    _basic(entity, "CompanyID", compact(seller.kvk_number), schemeID=KVK)
    _contact(party, name="", phone=seller.phone, email=seller.email)


def _buyer(party: Element, buyer: Buyer) -> None:
    _endpoint(party, endpoint_of(buyer))
    _address(_aggregate(party, "PostalAddress"), buyer.address)
    if compact(buyer.vat_number):
        _tax_scheme(_aggregate(party, "PartyTaxScheme"), buyer.vat_number)
    entity = _aggregate(party, "PartyLegalEntity")
    _basic(entity, "RegistrationName", clean(buyer.name))
    if compact(buyer.oin):
        _basic(entity, "CompanyID", compact(buyer.oin), schemeID=OIN)
    else:
        _basic(entity, "CompanyID", compact(buyer.kvk_number), schemeID=KVK)
    _contact(party, name=buyer.contact, phone="", email=buyer.email)


def _endpoint(party: Element, endpoint: Endpoint | None) -> None:
    if endpoint is not None:
        _basic(party, "EndpointID", clean(endpoint.value), schemeID=endpoint.scheme)


def _name(party: Element, name: str) -> None:
    if clean(name):
        _basic(_aggregate(party, "PartyName"), "Name", clean(name))


def _address(parent: Element, address: Address) -> None:
    _basic(parent, "StreetName", clean(address.street))
    _basic(parent, "CityName", clean(address.city))
    _basic(parent, "PostalZone", clean(address.postal_code))
    _basic(_aggregate(parent, "Country"), "IdentificationCode", address.country)


def _tax_scheme(parent: Element, vat_number: str) -> None:
    _basic(parent, "CompanyID", compact(vat_number))
    _basic(_aggregate(parent, "TaxScheme"), "ID", "VAT")


def _contact(party: Element, *, name: str, phone: str, email: str) -> None:
    if any((clean(name), clean(phone), clean(email))):
        contact = _aggregate(party, "Contact")
        _basic(contact, "Name", clean(name))
        _basic(contact, "Telephone", clean(phone))
        _basic(contact, "ElectronicMail", clean(email))


def _delivery(root: Element, document: InvoiceDocument) -> None:
    if document.delivery_date is None and document.delivery_address is None:
        return
    delivery = _aggregate(root, "Delivery")
    if document.delivery_date is not None:
        _basic(delivery, "ActualDeliveryDate", document.delivery_date.isoformat())
    if document.delivery_address is not None:
        _address(_aggregate(_aggregate(delivery, "DeliveryLocation"), "Address"), document.delivery_address)


def _payment(root: Element, document: InvoiceDocument, profile: Profile) -> None:
    """How it is paid; a credit note asks for nothing. Two ways and their amounts where a part is blocked (BR-GA-1 to 7)."""
    terms, split = clean_lines(document.payment_terms), document.g_account
    if document.is_credit_note:
        _terms(root, note=terms)
    elif split is None:
        _means(root, document.seller.iban, reference=document.payment_reference)
        _terms(root, note=terms)
    else:
        is_extended = has_split(document, profile)
        reference = document.payment_reference  # one for both (UBL-SR-44)
        _means(root, document.seller.iban, reference=reference, key=OWN if is_extended else "")
        _means(root, split.iban, reference=reference, key=BLOCKED if is_extended else "")
        if is_extended:
            _terms(root, note=terms, key=OWN, part=document.totals.payable - split.amount)
            _terms(root, key=BLOCKED, part=split.amount)
        else:
            _terms(root, note="\n".join(part for part in (terms, _split_in_words(document)) if part))


def _split_in_words(document: InvoiceDocument) -> str:
    split, said = document.g_account, words(document.language)
    if split is None:
        return ""
    rest = document.totals.payable - split.amount
    return (
        f"{said['g_account']} {compact(split.iban)}: EUR {amount(split.amount)}\n"
        f"{said['rest']} {compact(document.seller.iban)}: EUR {amount(rest)}"
    )


def _means(root: Element, iban: str, *, reference: str, key: str = "") -> None:
    """A SEPA transfer; it needs no BIC (BR-NL-31)."""
    means = _aggregate(root, "PaymentMeans")
    _basic(means, "ID", key)
    _basic(means, "PaymentMeansCode", SEPA_TRANSFER)
    _basic(means, "PaymentID", clean(reference))
    _basic(_aggregate(means, "PayeeFinancialAccount"), "ID", compact(iban))


def _terms(root: Element, *, note: str = "", key: str = "", part: Decimal | None = None) -> None:
    if not note and part is None:
        return
    terms = _aggregate(root, "PaymentTerms")
    _basic(terms, "PaymentMeansID", key)
    _basic(terms, "Note", note)
    if part is not None:
        _money(terms, "Amount", part)


def _adjustment(root: Element, adjustment: Adjustment) -> None:
    each = _aggregate(root, "AllowanceCharge")
    _basic(each, "ChargeIndicator", str(adjustment.is_charge).lower())
    _basic(each, "AllowanceChargeReason", clean(adjustment.reason))
    _money(each, "Amount", adjustment.amount)
    _category(_aggregate(each, "TaxCategory"), adjustment.vat)


def _category(parent: Element, vat: Vat, *, reason: str = "") -> None:
    _basic(parent, "ID", str(vat.category.value))
    _basic(parent, "Percent", plain(vat.rate * 100))
    _basic(parent, "TaxExemptionReason", reason)
    _basic(_aggregate(parent, "TaxScheme"), "ID", "VAT")


def _taxes(root: Element, document: InvoiceDocument) -> None:
    total = _aggregate(root, "TaxTotal")
    _money(total, "TaxAmount", document.totals.vat)
    for group in document.vat:
        subtotal = _aggregate(total, "TaxSubtotal")
        _money(subtotal, "TaxableAmount", group.taxable)
        _money(subtotal, "TaxAmount", group.amount)
        _category(_aggregate(subtotal, "TaxCategory"), group.vat, reason=_reason(group, document))


def _reason(group: VatSubtotal, document: InvoiceDocument) -> str:
    """Why no VAT is due; a zero rate may not say why (BR-Z-10), nor may a rate above it (BR-S-10)."""
    if not group.vat.category.needs_reason:
        return ""
    return reason_of(group.vat.category, reason=clean(group.reason), language=document.language)


def _totals(root: Element, document: InvoiceDocument) -> None:
    sums, total = document.totals, _aggregate(root, "LegalMonetaryTotal")
    _money(total, "LineExtensionAmount", sums.lines)
    _money(total, "TaxExclusiveAmount", sums.excl_vat)
    _money(total, "TaxInclusiveAmount", sums.incl_vat)
    if sums.discounts:
        _money(total, "AllowanceTotalAmount", sums.discounts)
    if sums.charges:
        _money(total, "ChargeTotalAmount", sums.charges)
    if sums.prepaid:
        _money(total, "PrepaidAmount", sums.prepaid)
    _money(total, "PayableAmount", sums.payable)


def _line(root: Element, document: InvoiceDocument, position: int, line: Line) -> None:
    kind, quantity_name = (
        ("CreditNoteLine", "CreditedQuantity") if document.is_credit_note else ("InvoiceLine", "InvoicedQuantity")
    )
    quantity, price = (line.quantity, line.unit_price) if line.unit_price >= 0 else (-line.quantity, -line.unit_price)
    each = _aggregate(root, kind)
    _basic(each, "ID", str(position))
    _basic(each, quantity_name, plain(quantity), unitCode=line.unit_code)
    _money(each, "LineExtensionAmount", line.total)
    _rounding(each, line, words(document.language)["rounding"])
    item = _aggregate(each, "Item")
    name, _, more = clean_lines(line.description).partition("\n")
    _basic(item, "Description", more)
    _basic(item, "Name", name)
    if clean(line.article_number):
        _basic(_aggregate(item, "SellersItemIdentification"), "ID", clean(line.article_number))
    _category(_aggregate(item, "ClassifiedTaxCategory"), line.vat)
    _basic(_aggregate(each, "Price"), "PriceAmount", plain(price), **EUR)  # never below zero (BR-27): the quantity is, then


def _rounding(parent: Element, line: Line, reason: str) -> None:
    """What a line's total differs by from quantity times price, as a discount or charge on it (PEPPOL-EN16931-R120)."""
    difference = line.total - line_total(quantity=line.quantity, unit_price=line.unit_price)
    if difference == ZERO:
        return
    each = _aggregate(parent, "AllowanceCharge")
    _basic(each, "ChargeIndicator", str(difference > ZERO).lower())
    _basic(each, "AllowanceChargeReason", reason)
    _money(each, "Amount", abs(difference))
