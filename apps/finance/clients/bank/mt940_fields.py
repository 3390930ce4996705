"""The lines of an MT940 file put together to its fields, one at a time."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from apps.finance.clients.bank.errors import UnreadableBankFile
from apps.finance.clients.bank.source import Source

MOST_SIGNS = 4000  # of a line: some banks do not break theirs
MOST_LINES = 200  # of a field
TAG = re.compile(r":(20|21|25P?|28C?|60[FM]|61|62[FM]|64|65|86|13D|34F|90[CD]|NS|940):")
ENVELOPE = re.compile(r"\{[1-5]:")
TEXT_BLOCK = re.compile(r"\{4:")
SEPARATOR = re.compile(r"[-\u00ad](\}.*|XXX)?\s*")
# What banks put around a message: a BIC, '940', '0000 01INGBNL2AXXXX00001', '940 00'.
AROUND = re.compile(r"[A-Z]{6}[A-Z0-9]{2,6}|[0-9]{3,4}( [0-9A-Z]{2,30})?|\$|\}|")
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
AROUND_A_LINE = "".join(map(chr, (*range(0x09), *range(0x0B, 0x20))))  # line ends, and what old systems put between messages
HEADER = ""  # the tag of what stands around the messages


@dataclass(slots=True)
class Field:
    """A tag with its lines, as they are but for the line ends; `line` is the number of the first."""

    tag: str
    line: int
    lines: list[str] = field(default_factory=list)


def fields(source: Source) -> Iterator[Field]:
    """The fields of the file, in order; what stands around messages comes as fields with the tag `HEADER`."""
    found = Field(HEADER, 1)
    closed = True  # before the first message, and from a closing balance on
    for number, line in enumerate(_lines(source), 1):
        tag = TAG.match(line)
        if tag or ENVELOPE.match(line) or (closed and SEPARATOR.fullmatch(line)):
            yield found
            found = _begun(line, number, tag)
            closed = found.tag.startswith("62") or (closed and found.tag not in {"20", "61"})
            continue
        if found.tag == HEADER and not AROUND.fullmatch(line.strip()):
            raise UnreadableBankFile(_("a field of an MT940, such as :20:"), line=number, found=line)
        if len(found.lines) >= MOST_LINES:
            raise UnreadableBankFile(_("a field of at most %(lines)d lines") % {"lines": MOST_LINES}, line=number)
        found.lines.append(line)
    yield found


def _begun(line: str, number: int, tag: re.Match[str] | None) -> Field:
    if tag is not None:
        return Field(tag[1], number, [line[tag.end() :]])
    block = TEXT_BLOCK.search(line)
    inside = TAG.match(line, block.end()) if block else None
    if inside is not None:  # the text begins on the line of its envelope
        return Field(inside[1], number, [line[inside.end() :]])
    return Field(HEADER, number, [line])


def _lines(source: Source) -> Iterator[str]:
    """The lines without their ends, in whichever of UTF-8 and Latin-1 (as Windows knows it) each is written."""
    number, rest = 0, b""
    while piece := source.read():
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            number += 1
            yield _decoded(line, number)
        if len(rest) > MOST_SIGNS:
            raise UnreadableBankFile(_("a line of at most %(signs)d signs") % {"signs": MOST_SIGNS}, line=number + 1)
    if rest:
        yield _decoded(rest, number + 1)


def _decoded(line: bytes, number: int) -> str:
    if len(line) > MOST_SIGNS:
        raise UnreadableBankFile(_("a line of at most %(signs)d signs") % {"signs": MOST_SIGNS}, line=number)
    try:
        text = line.decode()
    except UnicodeDecodeError:
        text = line.decode("cp1252", errors="replace")
    text = text.strip(AROUND_A_LINE)
    if CONTROLS.search(text):
        raise UnreadableBankFile(_("readable text"), line=number, found=text)
    return text
