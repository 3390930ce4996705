"""What the Dutch banks write in :61: and :86:, each in its own way, in our words.

A bank breaks its text at a fixed width, in the middle of words and accounts. A line that is as wide as it can be runs on in the
next; a shorter one ends a word, unless what follows shows that it does not.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from apps.finance.clients.bank import values
from apps.finance.clients.bank.items import Entry

BANKS = {
    "ABNA": "ABN AMRO",
    "ASNB": "ASN",
    "BUNQ": "bunq",
    "INGB": "ING",
    "KNAB": "Knab",
    "RABO": "Rabobank",
    "RBRB": "RegioBank",
    "SNSB": "SNS",
    "TRIO": "Triodos",
}
WIDTH = 65
TAG_WIDTH = 4  # ING counts the tag ':86:' in
NOT_GIVEN = {"", "NONREF", "NOTPROVIDED", "EREF", "PREF", "MARF"}
CODES = (
    "CDTRREFTP|CDTRREF|TRTP|IBAN|BBAN|BIC|NAME|REMI|EREF|PREF|MARF|CSID|CNTP|ORDP|BENM|ADDR|ISDT|PURP|RTRN|ULTD|ULTC|ULTB|OAMT|EXCH|"
    "CHGS|SVCL"
)
CODE = re.compile(rf"/({CODES})(?=/)")
HALF_A_CODE = re.compile(r"/[A-Z]{0,9}$")
OTHER_HALF = re.compile(r"[A-Z]{0,9}/")
RUNS_ON = tuple("/-,.;:)")
MARKED = re.compile(r"(?:STRD/(?:CUR|ISO)/|ISSUER: (?:CUR|ISO) REF: )([A-Z0-9 ]+)/?$")
MARKED_IN_TEXT = re.compile(r"\bSCOR/(?:CUR|ISO)/([A-Z0-9]+)$")

# ABN AMRO writes two cells of 32 signs on a line, with a space between them; a name stands at the beginning of a cell.
CELL = 32
NAMES = r"(IBAN|BIC|NAAM|OMSCHRIJVING|KENMERK|BETALINGSKENM\.|MACHTIGING|INCASSANT|ID DEBITEUR|UITVOERDATUM|VOOR)\s*: ?"
CELL_NAME = re.compile(NAMES, re.IGNORECASE)
SECOND_NAME = re.compile(rf"\s\s(?={NAMES})", re.IGNORECASE)
PIECE = 27  # signs of a numbered piece at Triodos
NUMBERED = re.compile(r"[?>]([0-9]{2})")
NUMBERED_TEXT = re.compile(r"[0-9]{3}[?>][0-9]{2}")
BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?")
KNAB_OTHER = re.compile(r"(?:REK: (?P<account>[^/]*)/)?NAAM: (?P<name>.*)")
ACCOUNT_FIRST = re.compile(
    r"(?P<account>[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}|[0-9]{10})(?: (?P<bic>[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?))?(?: |$)(?P<rest>.*)"
)
RABO_OLD = re.compile(r"(?P<account>P?[0-9]{9,10})\s+(?P<name>\S.*)")


Told = dict[str, Any]  # texts for fields of an entry


@dataclass(slots=True)
class Line:
    """A statement line with the bank's words to it, as they stand in the file."""

    entry: Entry
    bank: str
    reference: str
    supplement: list[str]
    information: list[str] = field(default_factory=list)


def said(line: Line) -> Entry:
    """The entry with all that the bank says of it."""
    ours, _, theirs = line.reference.partition("//")
    theirs = theirs.split("/TRCD")[0].strip()
    told: Told = {"bank_reference": theirs, "booking_reference": theirs} | DIALECTS[line.bank](line, ours.strip())
    told["counterparty_iban"] = values.valid_iban(told.get("counterparty_account", ""))
    told["counterparty_name"] = values.in_one_line(told.get("counterparty_name", ""))
    told["description"] = values.in_one_line(told.get("description", ""))
    told["structured_reference"] = told.get("structured_reference") or values.structured_reference(told["description"])
    return replace(line.entry, **told)


def unwrap(lines: list[str], *, tag: int = 0) -> str:
    """The lines in one, as the bank had it before it broke it up. `tag`: signs of the first line that do not count."""
    whole = ""
    for place, line in enumerate(lines):
        width = WIDTH - (tag if place == 0 else 0)
        following = lines[place + 1] if place + 1 < len(lines) else ""
        whole += line if len(line) >= width or _runs_on(line, following) else f"{line} "
    return whole.rstrip()


def _runs_on(line: str, following: str) -> bool:
    if following.startswith(RUNS_ON):
        return True
    return bool(HALF_A_CODE.search(line) and OTHER_HALF.match(following))


def coded(text: str) -> dict[str, str]:
    """'/NAME/Sanne/REMI/Hallo' by its codes; of a code that comes twice the first that says something."""
    parts = CODE.split(text)
    found: dict[str, str] = {}
    for code, value in zip(parts[1::2], parts[2::2], strict=True):
        found[code] = found.get(code) or value[1:].removesuffix("/")
    return found


def _from_codes(text: str) -> Told:
    """What text in codes tells, in any of the orders of the banks."""
    found = coded(text)
    account, name = found.get("IBAN") or found.get("BBAN", ""), found.get("NAME", "")
    if "CNTP" in found:
        account, _bic, rest = (*found["CNTP"].split("/", 2), "", "")[:3]
        name = rest.rpartition("/")[0] or rest  # the town stands last; a name may hold a slash of its own
    description, reference = _remittance(found)
    end_to_end = values.in_one_line(found.get("EREF", ""))
    told = {
        "counterparty_account": values.compact(account),
        "counterparty_name": name,
        "description": description,
        "structured_reference": reference,
        "end_to_end_id": "" if end_to_end in NOT_GIVEN else end_to_end,
        "mandate_id": values.in_one_line(found.get("MARF", "")),
        "return_reason": found.get("RTRN", "").strip("/ "),
        "batch_reference": found.get("PREF", "").strip("/ "),
    }
    return {name: value for name, value in told.items() if value}


def _remittance(found: dict[str, str]) -> tuple[str, str]:
    """The payer's text, and the reference that is marked as one and checks; one that does not is text."""
    text = values.in_one_line(found.get("REMI", "").removeprefix("USTD//"))
    marked = MARKED.fullmatch(text)
    if marked is not None:
        text = ""
    reference = found.get("CDTRREF", "") or (marked[1] if marked else "")
    checked = values.structured_reference(reference)
    return f"{text} {'' if checked else reference}", checked


def _with_ours(told: Told, ours: str) -> Told:
    """With our side's reference of :61:, where the bank's words had none."""
    if ours in NOT_GIVEN:
        return told
    reference = values.structured_reference(ours)
    return ({"structured_reference": reference} if reference else {"end_to_end_id": ours}) | told


def _abn_amro(line: Line, ours: str) -> Told:
    if line.information and line.information[0].startswith("/TRTP"):
        return _from_codes(unwrap(line.information))
    kind, found = _named_cells(line.information)
    reference = values.structured_reference(found.get("BETALINGSKENM.", ""))
    texts = [found.get(name, "") for name in ("OMSCHRIJVING", *(() if reference else ("BETALINGSKENM.",)))]
    return {
        "counterparty_account": values.compact(found.get("IBAN", "")),
        "counterparty_name": found.get("NAAM", ""),
        "description": " ".join(texts) if found else kind,
        "structured_reference": reference,
        "end_to_end_id": found.get("KENMERK", ""),
        "mandate_id": found.get("MACHTIGING", ""),
    }


def _named_cells(lines: list[str]) -> tuple[str, dict[str, str]]:
    """What stands before the first name, as it is, and the text of each name; a full cell runs on in the next."""
    texts: dict[str, str] = {}
    kind, name = "", ""
    for cell in (cell for line in lines for cell in _cells(line)):
        begin = CELL_NAME.match(cell)
        text = cell if len(cell) == CELL else f"{cell} "
        if begin is not None:
            name = begin[1].upper()
            texts[name] = text[begin.end() :]
        elif name:
            texts[name] += text
        else:
            kind += f"{cell} "
    return kind, {name: values.in_one_line(text) for name, text in texts.items()}


def _cells(line: str) -> tuple[str, ...]:
    if second := SECOND_NAME.search(line):
        return line[: second.end()], line[second.end() :]
    return (line[:CELL], line[CELL + 1 :]) if line[CELL : CELL + 1] == " " else (line,)


def _ing(line: Line, ours: str) -> Told:
    text = unwrap(line.information, tag=TAG_WIDTH)
    return _with_ours(_from_codes(text) if CODE.match(text) else _account_first(text), ours)


def _account_first(text: str) -> Told:
    """What free text tells that may begin with the other side's account."""
    words = values.in_one_line(text)
    first = ACCOUNT_FIRST.fullmatch(words)
    told = {"counterparty_account": first["account"], "description": first["rest"]} if first else {"description": words}
    marked = MARKED_IN_TEXT.search(words)
    reference = values.structured_reference(marked[1]) if marked else ""
    return told | ({"structured_reference": reference} if reference else {})


def _rabobank(line: Line, ours: str) -> Told:
    account = values.compact(line.supplement[0]) if line.supplement else ""
    told = {"counterparty_account": account if account.strip("P0") else ""}
    text = unwrap(line.information)
    if CODE.match(text):
        return told | _from_codes(text)
    if old := RABO_OLD.fullmatch(ours):
        told = {"counterparty_account": old["account"], "counterparty_name": old["name"]}
    return told | {"description": text}


def _volksbank(line: Line, ours: str) -> Told:
    """SNS, ASN, RegioBank: the other side's account stands in :61:, its name below it, and both again before the text."""
    told = {"counterparty_account": values.compact(ours), "counterparty_name": line.supplement[0] if line.supplement else ""}
    repeated = values.in_one_line(line.information[0]) if line.information else ""
    first = ACCOUNT_FIRST.fullmatch(repeated)
    is_repeated = first is not None and first["account"] == told["counterparty_account"]
    text = unwrap(line.information[1:] if is_repeated or not repeated else line.information).strip()
    if CODE.match(text):
        return told | _from_codes(text)
    return told | {"description": text, "structured_reference": values.structured_reference(line.reference.partition("//")[2])}


def _triodos(line: Line, ours: str) -> Told:
    text = "".join(line.information)
    if not NUMBERED_TEXT.match(text):
        return _from_codes(unwrap(line.information)) if CODE.match(text) else _account_first(unwrap(line.information))
    parts = NUMBERED.split(text)
    numbered = dict(zip(parts[1::2], parts[2::2], strict=True))
    pieces = [numbered[number] for number in sorted(numbered) if "20" <= number <= "29"]
    account = numbered.get("10", "").strip()
    if len(pieces) > 1 and BIC.fullmatch(pieces[0].strip()):
        account, pieces = pieces[1].strip(), pieces[2:]
    return {
        "counterparty_account": values.compact(account) if account.strip("0") else "",
        "counterparty_name": numbered.get("32", "") + numbered.get("33", ""),
        "description": "".join(piece if len(piece) >= PIECE else f"{piece} " for piece in pieces),
    }


def _knab(line: Line, ours: str) -> Told:
    text = unwrap(line.information)
    if CODE.match(text):
        return _with_ours(_from_codes(text), ours)
    told: Told = {}
    rest = []
    for words in line.information:
        if other := KNAB_OTHER.fullmatch(words.strip()):
            told = {"counterparty_account": values.compact(other["account"] or ""), "counterparty_name": other["name"]}
        else:
            rest.append(words)
    return _with_ours(told | {"description": unwrap(rest)}, ours)


def _bunq(line: Line, ours: str) -> Told:
    return _with_ours(_from_codes(unwrap(line.information)), ours)


DIALECTS: dict[str, Callable[[Line, str], Told]] = {
    "ABNA": _abn_amro,
    "ASNB": _volksbank,
    "BUNQ": _bunq,
    "INGB": _ing,
    "KNAB": _knab,
    "RABO": _rabobank,
    "RBRB": _volksbank,
    "SNSB": _volksbank,
    "TRIO": _triodos,
}
