"""Rows as a file that is sent while it is made: one at a time, logged, in the language of whoever asked."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django.db import models, transaction
from django.http import StreamingHttpResponse
from django.utils import translation
from django.utils.http import content_disposition_header
from django.utils.text import slugify

from apps.core import clock
from apps.core.tables import Column, TableFormat, table_pieces

ROWS_AT_A_TIME = 500

# Whoever keeps the log says how an export is logged: it lies above the pages.
_logs: list[Callable[[Mapping[str, Any]], None]] = []
# An export keeps a thread busy for as long as it is made; the others have the day's work to do.
_making = threading.Lock()


def register_export_log(log: Callable[[Mapping[str, Any]], None]) -> None:
    """Tell how it is put down that somebody took rows out: which page, which filter, which columns, how many."""
    _logs.append(log)


def export(
    table_format: TableFormat, columns: Sequence[Column], rows: Iterator[Any], *, title: str, told: Mapping[str, Any]
) -> StreamingHttpResponse | None:
    """The answer that sends the rows as a file, and `told` in the log; None while another export is being made."""
    if not _making.acquire(blocking=False):
        return None
    for log in _logs:
        log({**told, "format": table_format.value, "columns": [column.name for column in columns]})
    pieces = _OneAtATime(table_pieces(table_format, columns, rows, title=title))
    answer = StreamingHttpResponse(pieces, content_type=table_format.content_type)
    name = f"{slugify(title)}-{clock.today():%Y-%m-%d}.{table_format.suffix}"
    answer.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def rows_of(queryset: "models.QuerySet[Any]") -> Iterator[Any]:
    """The rows by a cursor of the server's, in one reading of the table, in the language of whoever asks now."""
    return _rows(queryset, translation.get_language())


class _OneAtATime:
    """The pieces of a file; the next file may be made when all are read or this one is closed, whichever comes first."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._is_open = pieces, True

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._pieces
        finally:
            self.close()

    def close(self) -> None:
        if self._is_open:
            self._is_open = False
            _making.release()


def _rows(queryset: "models.QuerySet[Any]", language: str) -> Iterator[Any]:
    with translation.override(language), transaction.atomic():
        yield from queryset.iterator(chunk_size=ROWS_AT_A_TIME)
