"""What stands on the page of an invoice, as the plain texts that its template sets: no sum is made and no word chosen there."""

from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from typing import Any

from segno.helpers import make_epc_qr
from stdnum.iso11649 import is_valid as is_creditor_reference

from apps.communication.phones import readable_phone
from apps.core.money import ZERO
from apps.finance.documents.data import Address, Buyer, InvoiceDocument, Line, VatSubtotal
from apps.finance.documents.printed import as_day, as_number, in_euros, in_groups, ink, shown
from apps.finance.documents.words import reason_of, words
from apps.finance.documents.written import clean, compact

Said = dict[str, str]
Pair = tuple[str, str]
MOST_BYTES_OF_NAME, MOST_BYTES_OF_TEXT, MOST_IN_CODE = 70, 140, Decimal("999999999.99")  # EPC069-12


def page_of(document: InvoiceDocument) -> dict[str, Any]:
    """All texts of the page, in the language of the document."""
    said = words(document.language)
    return {
        "language": document.language,
        "colour": ink(document.colour),
        "words": said,
        "title": said["credit_note" if document.is_credit_note else "invoice"],
        "number": shown(document.number),
        "date": document.issue_date.isoformat(),
        "brand": shown(document.seller.trade_name or document.seller.name),
        "seller": list(_seller(document, said)),
        "legal": list(_legal(document, said)),
        "buyer": [shown(text) for text in _buyer(document.buyer, said) if shown(text)],
        "facts": [[name, shown(value)] for name, value in _facts(document, said) if shown(value)],
        "delivery": ", ".join(shown(text) for text in _address(document.delivery_address)),
        "lines": [_line(line, document, said) for line in document.lines],
        "sums": [[name, value] for name, value in _sums(document, said)],
        "payable": [said["to_credit" if document.is_credit_note else "payable"], _euros(document, document.totals.payable)],
        "reasons": [
            shown(reason_of(group.vat.category, reason=group.reason, language=document.language)) for group in _untaxed(document)
        ],
        "request": _request(document, said),
        "pay_url": "" if document.is_credit_note else document.pay_url,
        "transfers": list(_transfers(document, said)),
        "terms": "" if document.is_credit_note else shown(document.payment_terms),
        "note": shown(document.note),
    }


def _euros(document: InvoiceDocument, value: Decimal) -> str:
    return in_euros(value, document.language)


def _address(address: Address | None) -> Iterator[str]:
    if address is not None:
        yield address.street
        yield f"{address.postal_code}  {address.city}" if address.country == "NL" else f"{address.postal_code} {address.city}"
        if address.country != "NL":
            yield address.country


def _seller(document: InvoiceDocument, said: Said) -> Iterator[str]:
    """The company by its legal name, where it is, and how it is reached."""
    seller = document.seller
    phone = readable_phone(seller.phone, language=document.language)
    texts = (seller.name, *_address(seller.address), phone, seller.email, seller.website)
    yield from (shown(text) for text in texts if shown(text))


def _legal(document: InvoiceDocument, said: Said) -> Iterator[str]:
    """The numbers of the company, for the foot of each page."""
    seller = document.seller
    yield shown(seller.name)
    yield f"{said['kvk']} {shown(compact(seller.kvk_number))}"
    yield f"{said['vat_number']} {shown(compact(seller.vat_number))}"
    if compact(seller.iban):
        yield f"IBAN {in_groups(compact(seller.iban))}"
    if compact(seller.bic):
        yield f"BIC {compact(seller.bic)}"


def _buyer(buyer: Buyer, said: Said) -> Iterator[str]:
    yield buyer.name
    if clean(buyer.contact) and clean(buyer.contact) != clean(buyer.name):
        yield f"{said['attention']} {buyer.contact}"
    yield from _address(buyer.address)


def _facts(document: InvoiceDocument, said: Said) -> Iterator[Pair]:
    references, language = document.references, document.language
    yield said["number"], document.number
    yield said["issue_date"], as_day(document.issue_date, language)
    yield said["due_date"], as_day(document.due_date, language)
    yield said["delivery_date"], as_day(document.delivery_date, language)
    if references.preceding is not None:
        yield said["preceding"], references.preceding.number
        yield said["preceding_date"], as_day(references.preceding.issue_date, language)
    yield said["order_number"], references.order_number
    yield said["purchase_order"], references.purchase_order
    yield said["buyer_reference"], references.buyer_reference
    yield said["buyer_vat_number"], compact(document.buyer.vat_number)
    yield said["buyer_kvk"], compact(document.buyer.kvk_number)
    yield said["oin"], compact(document.buyer.oin)


def _line(line: Line, document: InvoiceDocument, said: Said) -> Said:
    name, _, more = shown(line.description).partition("\n")
    unit = said.get(f"unit_{line.unit_code}", line.unit_code)
    return {
        "name": name,
        "more": more,
        "article": shown(line.article_number),
        "quantity": f"{as_number(line.quantity, document.language)} {unit}".strip(),
        "price": _euros(document, line.unit_price),
        "vat": said["reversed"] if line.vat.category.is_reversed else f"{as_number(line.vat.rate * 100, document.language)}%",
        "total": _euros(document, line.total),
    }


def _sums(document: InvoiceDocument, said: Said) -> Iterator[Pair]:
    totals = document.totals
    if document.adjustments:
        yield said["lines_total"], _euros(document, totals.lines)
    for each in document.adjustments:
        name = said["charge" if each.is_charge else "discount"]
        yield f"{name}: {shown(each.reason)}", _euros(document, each.amount if each.is_charge else -each.amount)
    yield said["excl_vat"], _euros(document, totals.excl_vat)
    for group in document.vat:
        yield _group(group, document, said), _euros(document, group.amount)
    yield said["incl_vat"], _euros(document, totals.incl_vat)
    if totals.prepaid:
        yield said["prepaid"], _euros(document, -totals.prepaid)


def _group(group: VatSubtotal, document: InvoiceDocument, said: Said) -> str:
    taxable = _euros(document, group.taxable)
    if group.vat.category.needs_reason:
        name = said[f"reason_{group.vat.category}"]
        return said["untaxed_over"].format(reason=name, taxable=taxable)
    return said["vat_over"].format(rate=as_number(group.vat.rate * 100, document.language), taxable=taxable)


def _untaxed(document: InvoiceDocument) -> list[VatSubtotal]:
    return [group for group in document.vat if group.vat.category.needs_reason and clean(group.reason)]


def _request(document: InvoiceDocument, said: Said) -> str:
    payable = document.totals.payable
    if document.is_credit_note:
        return said["credited"].format(amount=_euros(document, payable))
    if payable <= ZERO:
        return said["paid"]
    if document.due_date is None:
        return said["pay"].format(amount=_euros(document, payable))
    return said["pay_by"].format(amount=_euros(document, payable), date=as_day(document.due_date, document.language))


def _transfers(document: InvoiceDocument, said: Said) -> Iterator[dict[str, Any]]:
    """The bank transfers that pay it: one, or two where a part goes to a blocked account; each with its QR code."""
    payable, split, seller = document.totals.payable, document.g_account, document.seller
    if document.is_credit_note or payable <= ZERO:
        return
    part = split.amount if split else ZERO
    yield _transfer(
        document, said, iban=seller.iban, bic=seller.bic, value=payable - part, name=said["rest" if split else "account"]
    )
    if split is not None:
        yield _transfer(
            document, said, iban=split.iban, value=part, name=said["g_account"], wages=split.wages, own=split.reference
        )


def _transfer(
    document: InvoiceDocument,
    said: Said,
    *,
    iban: str,
    value: Decimal,
    name: str,
    bic: str = "",
    wages: Decimal | None = None,
    own: str = "",
) -> dict[str, Any]:
    reference = clean(document.payment_reference)
    facts: list[Pair] = [
        (said["amount"], _euros(document, value)),
        (name, in_groups(compact(iban))),
        ("BIC", compact(bic)),
        (said["in_name_of"], shown(document.seller.name)),
        (said["reference"], shown(in_groups(reference) if is_creditor_reference(reference) else reference or document.number)),
        (said["g_reference"], shown(own)),
        (said["wages"], "" if wages is None else _euros(document, wages)),
    ]
    return {"facts": [list(pair) for pair in facts if pair[1]], "qr": _qr(document, compact(iban), value)}


def _qr(document: InvoiceDocument, iban: str, value: Decimal) -> str:
    """The European Payments Council's QR code, as SVG; none for more than it can say."""
    if value > MOST_IN_CODE:
        return ""
    reference = clean(document.payment_reference)
    if is_creditor_reference(reference):
        remittance = {"reference": reference}
    else:
        remittance = {"text": _cut(reference or clean(document.number), MOST_BYTES_OF_TEXT)}
    name = _cut(clean(document.seller.name), MOST_BYTES_OF_NAME)
    code, drawing = make_epc_qr(name=name, iban=iban, amount=value, encoding="utf-8", **remittance), BytesIO()
    code.save(drawing, kind="svg", xmldecl=False, border=0)
    return drawing.getvalue().decode()


def _cut(text: str, most_bytes: int) -> str:
    return text.encode()[:most_bytes].decode(errors="ignore")
