"""Reads back a PDF as the typesetter writes it: its texts, its attachment, its metadata. Not a reader of any PDF."""

import re
import zlib

OBJECT = re.compile(rb"(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
STREAM = re.compile(rb"(.*?)>>\s*stream\r?\n", re.DOTALL)
LENGTH = re.compile(rb"/Length (\d+)")
PIECE = re.compile(rb"\bBT\b(.*?)\bET\b", re.DOTALL)
PLAIN = rb"\\.|[^\\()]"
SHOWN = re.compile(rb"/(f\d+) [\d.]+ Tf|\(((?:%b|\((?:%b)*\))*)\)" % (PLAIN, PLAIN), re.DOTALL)  # pairs stand unescaped
ESCAPED = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
BREAK = "\u200b"


class Paper:
    """A PDF, taken apart."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self._objects = {int(number): body for number, body in OBJECT.findall(content)}

    @property
    def attachment(self) -> bytes:
        (found,) = [body for body in self._objects.values() if b"/Type/EmbeddedFile" in body]
        return _stream(found)

    @property
    def pages(self) -> list[str]:
        """The text of each page, one line for each piece of it."""
        return [self._text(body) for body in self._objects.values() if body.startswith(b"<</Type/Page/")]

    @property
    def text(self) -> str:
        return "\n".join(self.pages)

    def _text(self, page: bytes) -> str:
        fonts = re.findall(rb"/(f\d+) (\d+) 0 R", self._named(b"Resources", page))
        tables = {name: _table(self._named(b"ToUnicode", self._objects[int(number)])) for name, number in fonts}
        pieces = PIECE.findall(_stream(self._named(b"Contents", page)))
        return "\n".join(_letters(piece, tables) for piece in pieces).replace(BREAK, "")

    def _named(self, name: bytes, body: bytes) -> bytes:
        return self._objects[int(re.search(rb"/%s (\d+) 0 R" % name, body)[1])]


def _letters(piece: bytes, tables: dict[bytes, dict[int, str]]) -> str:
    font, said = b"", ""
    for name, string in SHOWN.findall(piece):
        font = name or font
        codes = ESCAPED.sub(lambda found: _unescaped(found[1]), string)
        said += "".join(tables[font][int.from_bytes(codes[at : at + 2], "big")] for at in range(0, len(codes), 2))
    return said


def _stream(body: bytes) -> bytes:
    """As long as it says: what is packed may end in a byte that looks like a blank."""
    found = STREAM.match(body)
    head = found[1]
    data = body[found.end() : found.end() + int(LENGTH.search(head)[1])]
    return zlib.decompress(data) if b"/FlateDecode" in head else data


def _unescaped(code: bytes) -> bytes:
    return bytes([int(code, 8)]) if code[:1].isdigit() else LETTERS.get(code, code)


def _table(body: bytes) -> dict[int, str]:
    """Which letters each code of a font stands for."""
    lines = b"".join(re.findall(rb"beginbfchar\n(.*?)endbfchar", _stream(body), re.DOTALL))
    pairs = re.findall(rb"<([0-9A-F]{4})> <([0-9A-F]+)>", lines)
    return {int(code, 16): bytes.fromhex(letters.decode()).decode("utf-16-be") for code, letters in pairs}
