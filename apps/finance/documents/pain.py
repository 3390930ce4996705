"""Transfers as a file for the bank: ISO 20022 pain.001.001.09, as the EPC's guidelines for SEPA credit transfers use it
(EPC132-08, 2023). The comments name what those guidelines ask.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from lxml import etree

from apps.core.money import ZERO
from apps.finance.documents.written import amount, clean, compact

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
# What every bank in SEPA takes (EPC217-08); in other signs a transfer may be refused.
ALLOWED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+ ")
SPELT_OUT = str.maketrans({"ß": "ss", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "&": "+", "€": "EUR"})
LONGEST_NAME, LONGEST_TEXT = 70, 140

Element = Any


@dataclass(frozen=True, kw_only=True)
class Account:
    """Whose account it is; the bank's BIC may be empty."""

    name: str
    iban: str
    bic: str = ""


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """One amount in EUR to one account; the reference is what both parties find it by."""

    to: Account
    amount: Decimal
    reference: str
    text: str


def pain_001(*, number: str, made_at: datetime, on: date, sender: Account, transfers: Sequence[Transfer]) -> bytes:
    """The file: one batch, carried out on a day. The same bytes for the same values."""
    root = etree.Element(f"{{{NAMESPACE}}}Document", nsmap={None: NAMESPACE})
    initiation = _add(root, "CstmrCdtTrfInitn")
    head = _add(initiation, "GrpHdr")
    _add(head, "MsgId", sepa_text(number))
    _add(head, "CreDtTm", made_at.replace(microsecond=0, tzinfo=None).isoformat())
    _sums(head, transfers)
    _add(_add(head, "InitgPty"), "Nm", sepa_text(sender.name, LONGEST_NAME))
    batch = _add(initiation, "PmtInf")
    _add(batch, "PmtInfId", sepa_text(number))
    _add(batch, "PmtMtd", "TRF")
    _add(batch, "BtchBookg", "true")  # one line on our statement
    _sums(batch, transfers)
    _add(_add(_add(batch, "PmtTpInf"), "SvcLvl"), "Cd", "SEPA")
    _add(_add(batch, "ReqdExctnDt"), "Dt", on.isoformat())
    _add(_add(batch, "Dbtr"), "Nm", sepa_text(sender.name, LONGEST_NAME))
    _account(batch, "DbtrAcct", sender)
    _agent(batch, sender)
    _add(batch, "ChrgBr", "SLEV")
    for transfer in transfers:
        _transfer(batch, transfer)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def sepa_text(text: str, longest: int = LONGEST_TEXT) -> str:
    """A text in the signs that every bank takes, accents left out; it begins and ends with no slash and has no two in a row."""
    plain = unicodedata.normalize("NFKD", clean(text).translate(SPELT_OUT))
    kept = "".join(sign if sign in ALLOWED else "" if unicodedata.combining(sign) else " " for sign in plain)
    while "//" in kept:
        kept = kept.replace("//", "/")
    return " ".join(kept.split())[:longest].strip("/ ")


def _transfer(batch: Element, transfer: Transfer) -> None:
    one = _add(batch, "CdtTrfTxInf")
    _add(_add(one, "PmtId"), "EndToEndId", sepa_text(transfer.reference))
    _add(_add(one, "Amt"), "InstdAmt", amount(transfer.amount), Ccy="EUR")
    _add(_add(one, "Cdtr"), "Nm", sepa_text(transfer.to.name, LONGEST_NAME))
    _account(one, "CdtrAcct", transfer.to)
    _add(_add(one, "RmtInf"), "Ustrd", sepa_text(transfer.text))


def _sums(parent: Element, transfers: Sequence[Transfer]) -> None:
    _add(parent, "NbOfTxs", str(len(transfers)))
    _add(parent, "CtrlSum", amount(sum((each.amount for each in transfers), ZERO)))


def _account(parent: Element, name: str, account: Account) -> None:
    _add(_add(_add(parent, name), "Id"), "IBAN", compact(account.iban))


def _agent(parent: Element, account: Account) -> None:
    """Our own bank must stand there; without a BIC as not provided."""
    agent = _add(_add(parent, "DbtrAgt"), "FinInstnId")
    if account.bic:
        _add(agent, "BICFI", compact(account.bic))
    else:
        _add(_add(agent, "Othr"), "Id", "NOTPROVIDED")


def _add(parent: Element, name: str, text: str | None = None, **attributes: str) -> Element:
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}", attributes)
    element.text = text
    return element
