"""Bank files of the tests: reading them, and made-up accounts that pass their check digits."""

import io
from collections.abc import Callable

import pytest

from apps.finance.clients.bank import Closing, Entry, Item, Statement, UnreadableBankFile, read

OUR_IBAN = "NL91ABNA0417164300"
SANNE = "NL20INGB0001234567"
DAAN = "NL44RABO0123456789"


def items(content: bytes | str) -> list[Item]:
    return list(read(io.BytesIO(content if isinstance(content, bytes) else content.encode())))


def entries(content: bytes | str) -> list[Entry]:
    return [item for item in items(content) if isinstance(item, Entry)]


def entry(content: bytes | str) -> Entry:
    (found,) = entries(content)
    return found


def statements(content: bytes | str) -> list[Statement]:
    return [item for item in items(content) if isinstance(item, Statement)]


def closings(content: bytes | str) -> list[Closing]:
    return [item for item in items(content) if isinstance(item, Closing)]


def refused(content: bytes | str) -> UnreadableBankFile:
    with pytest.raises(UnreadableBankFile) as caught:
        items(content)
    return caught.value


class Endless:
    """A file that is made while it is read, so that only the reader can hold it."""

    def __init__(self, *, head: str, line: Callable[[int], str], lines: int, tail: str) -> None:
        self._pieces = self._made(head, line, lines, tail)
        self._rest = b""

    def _made(self, head: str, line: Callable[[int], str], lines: int, tail: str):
        yield head.encode()
        for start in range(0, lines, 500):
            yield "".join(line(number) for number in range(start, min(start + 500, lines))).encode()
        yield tail.encode()

    def read(self, size: int) -> bytes:
        while len(self._rest) < size and (piece := next(self._pieces, b"")):
            self._rest += piece
        given, self._rest = self._rest[:size], self._rest[size:]
        return given
