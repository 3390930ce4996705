"""The bytes of a bank file, handed out piece by piece and counted, so that nobody ever holds the file."""

from typing import Protocol

from django.utils.translation import gettext_lazy as _

from apps.finance.clients.bank.errors import UnreadableBankFile

MOST_BYTES = 128 * 1024 * 1024
MOST_HEAD = 64 * 1024
PIECE = 64 * 1024
UTF8_MARK = b"\xef\xbb\xbf"


class Stream(Protocol):
    """An open file, or anything that reads like one."""

    def read(self, size: int, /) -> bytes: ...


class Source:
    """A stream from its beginning, of which the head may be looked at before it is read.

    Refuses more than `MOST_BYTES` in all, and, once `unit` is set, more than that many bytes since the last `mark()`.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._head = b""
        while len(self._head) < MOST_HEAD and (piece := stream.read(MOST_HEAD - len(self._head))):
            self._head += piece
        self._head = self._head.removeprefix(UTF8_MARK)
        self.head = self._head
        self.unit = 0
        self._read = self._marked = self._lines = 0

    def mark(self) -> None:
        """A unit of the file has been dealt with."""
        self._marked = self._read

    def read(self, size: int = PIECE) -> bytes:
        piece, self._head = self._head[:size], self._head[size:]
        piece = piece or self._stream.read(size)
        self._read += len(piece)
        self._lines += piece.count(b"\n")
        if self._read > MOST_BYTES:
            raise UnreadableBankFile(_("a file of at most 128 MB"), line=self._lines + 1)
        if self.unit and self._read - self._marked > self.unit:
            raise UnreadableBankFile(_("an entry of at most 1 MB"), line=self._lines + 1)
        return piece
