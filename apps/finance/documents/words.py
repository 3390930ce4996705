"""The words on a document. They stand beside the document and not in the catalogues: it is written in the customer's language,
whoever makes it, and what an invoice says ("btw verlegd") is law, not a matter of taste.
"""

from functools import cache

from apps.finance.choices import VatCategory

# What it is called here: (English, Dutch).
WORDS = {
    "invoice": ("Invoice", "Factuur"),
    "credit_note": ("Credit note", "Creditnota"),
    "page": ("Page {page} of {pages}", "Pagina {page} van {pages}"),
    "number": ("Number", "Nummer"),
    "issue_date": ("Date", "Datum"),
    "due_date": ("Due date", "Vervaldatum"),
    "delivery_date": ("Date of delivery", "Leverdatum"),
    "order_number": ("Our order", "Onze order"),
    "buyer_reference": ("Your reference", "Uw referentie"),
    "purchase_order": ("Your order", "Uw order"),
    "preceding": ("Credits invoice", "Crediteert factuur"),
    "preceding_date": ("Invoice dated", "Factuur van"),
    "deliver_to": ("Delivered at", "Geleverd op"),
    "attention": ("Attn.", "T.a.v."),
    "kvk": ("CoC (KvK)", "KvK"),
    "vat_number": ("VAT ID", "Btw-id"),
    "oin": ("Your OIN", "Uw OIN"),
    "description": ("Description", "Omschrijving"),
    "quantity": ("Quantity", "Aantal"),
    "unit_price": ("Unit price", "Prijs"),
    "vat": ("VAT", "Btw"),
    "reversed": ("reversed", "verlegd"),
    "buyer_vat_number": ("Your VAT ID", "Uw btw-id"),
    "buyer_kvk": ("Your CoC (KvK)", "Uw KvK"),
    "untaxed_over": ("{reason}, on {taxable}", "{reason}, over {taxable}"),
    "amount": ("Amount", "Bedrag"),
    "g_reference": ("Reference of the account", "Kenmerk g-rekening"),
    "line_total": ("Amount", "Bedrag"),
    "rounding": ("Rounding difference", "Afrondingsverschil"),
    "lines_total": ("Total of the lines", "Totaal van de regels"),
    "discount": ("Discount", "Korting"),
    "charge": ("Charge", "Toeslag"),
    "excl_vat": ("Total excl. VAT", "Totaal excl. btw"),
    "vat_over": ("VAT {rate}% on {taxable}", "Btw {rate}% over {taxable}"),
    "incl_vat": ("Total incl. VAT", "Totaal incl. btw"),
    "prepaid": ("Already paid", "Al betaald"),
    "payable": ("Amount due", "Te betalen"),
    "to_credit": ("Amount credited", "Te crediteren"),
    "payment": ("Payment", "Betaling"),
    "pay_by": ("Please pay {amount} by {date}.", "Wilt u {amount} uiterlijk op {date} betalen?"),
    "pay": ("Please pay {amount}.", "Wilt u {amount} betalen?"),
    "terms": ("Payment within {days} days of the invoice date.", "Betaling binnen {days} dagen na de factuurdatum."),
    "terms_at_once": ("Payment upon receipt.", "Betaling bij ontvangst."),
    "conditions": ("Our general terms apply: {address}", "Onze algemene voorwaarden zijn van toepassing: {address}"),
    "because": ("Reason: {reason}", "Reden: {reason}"),
    "paid": ("Nothing is left to pay.", "U hoeft niets meer te betalen."),
    "credited": (
        "We settle {amount} with you; you do not have to pay anything.",
        "Wij verrekenen {amount} met u; u hoeft niets te betalen.",
    ),
    "account": ("Account", "Rekening"),
    "in_name_of": ("In the name of", "Op naam van"),
    "reference": ("Payment reference", "Betalingskenmerk"),
    "pay_online": ("Pay it online now", "Betaal direct online"),
    "scan": ("Scan with your bank app", "Scan met uw bank-app"),
    "split": (
        "Of this invoice a part goes to the blocked account (g-rekening).",
        "Een deel van deze factuur gaat naar de g-rekening.",
    ),
    "g_account": ("Blocked account (g-rekening)", "G-rekening"),
    "wages": ("Wages in this invoice", "Loonsom in deze factuur"),
    "rest": ("Our own account", "Onze eigen rekening"),
    "prices": ("Amounts in euros, prices excl. VAT.", "Bedragen in euro's, prijzen excl. btw."),
    "unit_C62": ("", ""),
    "unit_HUR": ("h", "uur"),
    "unit_MTR": ("m", "m"),
    "unit_KMT": ("km", "km"),
    "unit_MON": ("mo", "mnd"),
    "unit_DAY": ("d", "dag"),
    "reason_AE": ("VAT reverse charged", "Btw verlegd"),
    "reason_E": ("Exempt from VAT", "Vrijgesteld van btw"),
    "reason_Z": ("Zero rate", "Nultarief"),
}
_PLACES = {"en": 0, "nl": 1}


@cache
def words(language: str) -> dict[str, str]:
    """All words in a language; Dutch where it is one that we do not write."""
    place = _PLACES.get(language, _PLACES["nl"])
    return {name: each[place] for name, each in WORDS.items()}


def reason_of(category: VatCategory, *, reason: str, language: str) -> str:
    """Why no VAT is due; nothing where it is."""
    return reason or words(language).get(f"reason_{category}", "")
