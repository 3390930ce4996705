"""What an e-invoice must say before it can be written: refused here with every item, not by the receiver's rules one by one."""

from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from apps.core.errors import FieldError, Refused, Text
from apps.core.money import CENT, ZERO
from apps.finance.choices import VatCategory
from apps.finance.documents.data import Adjustment, Buyer, Endpoint, InvoiceDocument, Line, Seller, Vat, VatSubtotal
from apps.finance.documents.written import clean, clean_lines, compact

DUTCH = "NL"
KVK, OIN, BTW, EMAIL = "0106", "0190", "9944", "EM"
ONE_EURO = Decimal(1)  # as far as EN 16931 lets the VAT of a group be off (BR-CO-17): a last credit note takes the remainder
MOST = Decimal(10) ** 12


class Profile(StrEnum):
    """Which rules a document follows: those of Peppol, of the Dutch government, or the European ones alone (consumers)."""

    PEPPOL = "peppol"
    NLCIUS = "nlcius"
    CORE = "en16931"


def refuse_incomplete(document: InvoiceDocument, profile: Profile) -> None:
    """Raises Refused (einvoice_incomplete) with every item that is missing or does not add up."""
    if not all(value.is_finite() and abs(value) < MOST for value in _numbers(document)):
        raise Refused(_("An amount is no number of EUR."), code="einvoice_incomplete", fields=[_no_number()])
    wrong = [
        *(_missing(place, detail) for is_missing, place, detail in _needed(document, profile) if is_missing),
        *(
            FieldError(pointer=f"/{place}", code="does_not_add_up", detail=_("The amounts do not add up."))
            for is_right, place in _sums(document)
            if not is_right
        ),
        *_negative(document),
    ]
    if wrong:
        raise Refused(_("This document lacks what an e-invoice must say."), code="einvoice_incomplete", fields=wrong)


def profile_for(document: InvoiceDocument) -> Profile:
    """The strictest rules that a document can follow: the government's for who has a KvK number or OIN, else Europe's."""
    buyer = document.buyer
    return Profile.NLCIUS if buyer.oin or buyer.kvk_number else Profile.CORE


def endpoint_of(party: Seller | Buyer) -> Endpoint | None:
    """Where a party receives e-invoices, as told, else by its numbers, else by e-mail; None where there is nothing."""
    if party.endpoint is not None:
        return party.endpoint
    known = (
        (OIN, compact(party.oin) if isinstance(party, Buyer) else ""),
        (KVK, compact(party.kvk_number)),
        (BTW, compact(party.vat_number)),
        (EMAIL, clean(party.email)),
    )
    return next((Endpoint(scheme=scheme, value=value) for scheme, value in known if value), None)


def _no_number() -> FieldError:
    return FieldError(pointer="/totals", code="no_number", detail=_("Finite numbers of EUR."))


def _missing(place: str, detail: Text) -> FieldError:
    return FieldError(pointer=f"/{place}", code="missing", detail=detail)


def _negative(document: InvoiceDocument) -> Iterator[FieldError]:
    if document.totals.payable < ZERO:
        detail = _("Nothing below zero: what gives money back is a credit note, what asks for it an invoice.")
        yield FieldError(pointer="/totals/payable", code="negative", detail=detail)


def _needed(document: InvoiceDocument, profile: Profile) -> Iterator[tuple[bool, str, Text]]:
    yield not clean(document.number), "number", _("The number.")
    yield not document.lines, "lines", _("At least one line.")
    for place, line in enumerate(document.lines):
        yield not clean(line.description), f"lines/{place}/description", _("What it is.")
    for place, adjustment in enumerate(document.adjustments):
        yield not clean(adjustment.reason), f"adjustments/{place}/reason", _("What it is.")
    yield from _of_seller(document)
    yield from _of_buyer(document, profile)
    split, preceding = document.g_account, document.references.preceding
    yield split is not None and not compact(split.iban), "g_account/iban", _("The blocked account.")
    yield (
        document.is_credit_note and (preceding is None or not clean(preceding.number)),
        "references/preceding",
        _("The invoice that is credited."),
    )
    is_open = document.totals.payable > ZERO and not document.is_credit_note
    yield (
        is_open and document.due_date is None and not clean_lines(document.payment_terms),
        "due_date",
        _("Until when it is to be paid."),
    )


def _of_seller(document: InvoiceDocument) -> Iterator[tuple[bool, str, Text]]:
    seller = document.seller
    yield not clean(seller.name), "seller/name", _("The company's legal name.")
    yield not compact(seller.kvk_number), "seller/kvk_number", _("The company's KvK number.")
    yield not compact(seller.vat_number), "seller/vat_number", _("The company's BTW number.")
    yield not compact(seller.iban) and not document.is_credit_note, "seller/iban", _("The company's bank account.")
    address = seller.address
    is_whole = clean(address.street) and compact(address.postal_code) and clean(address.city)
    yield not is_whole, "seller/address", _("The company's address: street, postal code and city.")


def _of_buyer(document: InvoiceDocument, profile: Profile) -> Iterator[tuple[bool, str, Text]]:
    buyer, address = document.buyer, document.buyer.address
    is_whole = clean(address.street) and compact(address.postal_code) and clean(address.city)
    is_reversed = any(group.vat.category == VatCategory.REVERSE_CHARGE for group in document.vat)
    is_known = compact(buyer.kvk_number) or compact(buyer.oin)
    endpoint = endpoint_of(buyer)
    yield not clean(buyer.name), "buyer/name", _("The customer's name.")
    yield not is_whole, "buyer/address", _("The customer's address: street, postal code and city.")
    yield (
        is_reversed and not compact(buyer.vat_number),
        "buyer/vat_number",
        _("The customer's BTW number: the VAT is reverse charged."),
    )
    yield (
        profile == Profile.NLCIUS and address.country == DUTCH and not is_known,
        "buyer/kvk_number",
        _("The customer's KvK number or OIN."),
    )
    yield (
        profile == Profile.PEPPOL and (endpoint is None or endpoint.scheme == EMAIL),
        "buyer/endpoint",
        _("Where the customer receives e-invoices."),
    )


def _sums(document: InvoiceDocument) -> Iterator[tuple[bool, str]]:
    totals = document.totals
    discounts = sum((each.amount for each in document.adjustments if not each.is_charge), ZERO)
    charges = sum((each.amount for each in document.adjustments if each.is_charge), ZERO)
    yield totals.lines == sum((line.total for line in document.lines), ZERO), "totals/lines"
    yield (totals.discounts, totals.charges) == (discounts, charges), "totals/discounts"
    yield totals.excl_vat == totals.lines - totals.discounts + totals.charges, "totals/excl_vat"
    yield totals.vat == sum((group.amount for group in document.vat), ZERO), "totals/vat"
    yield totals.incl_vat == totals.excl_vat + totals.vat, "totals/incl_vat"
    yield totals.payable == totals.incl_vat - totals.prepaid, "totals/payable"
    yield all(_in_cents(value) for value in _amounts(document)), "totals"
    yield all(each.amount > ZERO for each in document.adjustments), "adjustments"
    bearing = [each.vat for each in (*document.lines, *document.adjustments)]
    yield sorted(map(_key, set(bearing))) == sorted(_key(group.vat) for group in document.vat), "vat"
    for place, group in enumerate(document.vat):
        yield _adds_up(group, document), f"vat/{place}"
    split = document.g_account
    yield split is None or document.is_credit_note or ZERO < split.amount < totals.payable, "g_account/amount"


def _key(vat: Vat) -> tuple[str, Decimal]:
    return str(vat.category), vat.rate


def _amounts(document: InvoiceDocument) -> Iterator[Decimal]:
    totals = document.totals
    yield from (totals.lines, totals.discounts, totals.charges, totals.excl_vat, totals.vat, totals.incl_vat, totals.prepaid)
    yield from (line.total for line in document.lines)
    yield from (each.amount for each in document.adjustments)
    yield from (value for group in document.vat for value in (group.taxable, group.amount))
    if document.g_account is not None:
        yield document.g_account.amount


def _numbers(document: InvoiceDocument) -> Iterator[Decimal]:
    yield from (*_amounts(document), document.totals.payable)
    yield from (value for line in document.lines for value in (line.quantity, line.unit_price, line.vat.rate))
    yield from (group.vat.rate for group in document.vat)


def _in_cents(value: Decimal) -> bool:
    return value == value.quantize(CENT)


def _adds_up(group: VatSubtotal, document: InvoiceDocument) -> bool:
    """The group is the sum of what bears its VAT; its VAT is what the rate makes of it, give or take a remainder."""
    bearing: list[Line | Adjustment] = [each for each in (*document.lines, *document.adjustments) if each.vat == group.vat]
    taxable = sum((_share(each) for each in bearing), ZERO)
    if group.vat.category != VatCategory.STANDARD:
        return (group.taxable, group.vat.rate, group.amount) == (taxable, 0, 0)
    return group.taxable == taxable and group.vat.rate > 0 and abs(group.taxable * group.vat.rate - group.amount) < ONE_EURO


def _share(each: Line | Adjustment) -> Decimal:
    if isinstance(each, Line):
        return each.total
    return each.amount if each.is_charge else -each.amount
