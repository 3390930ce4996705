"""Bank files: kept as they came in, then read, checked and booked by the worker."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.core.files.base import File
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import clock
from apps.core.doorbell import Doorbell
from apps.core.errors import Conflict, DomainError, FieldError, Malformed
from apps.core.transactions import lock_name
from apps.files.formats import clean_file_name
from apps.finance.choices import BankFileState
from apps.finance.clients import bank
from apps.finance.models import BankFile
from apps.finance.services.bank_details import take_apart
from apps.finance.services.bank_lines import book_lines, staged

IMPORT = "finance.import_bank_files"
PIECE = 64 * 1024
TO_READ = (BankFileState.RECEIVED, BankFileState.READING, BankFileState.BOOKING)

doorbell = Doorbell(IMPORT)
log = structlog.get_logger(__name__)


@transaction.atomic
def bank_file_receive(*, name: str, content: File, by: User | None) -> BankFile:
    """Keep a file of a bank, to be read by the worker. The same bytes of the same person are the same file.

    One that was refused is tried again: what was wrong may be an account that is known by now.

    Raises:
        Malformed: file_empty, file_too_large.
    """
    size, checksum = _measured(content)
    lock_name(f"bank_file:{checksum}")
    known: BankFile | None = BankFile.objects.filter(uploaded_by=by, checksum=checksum).first()
    if known is not None:
        return bank_file_retry(bank_file=known, by=by) if known.state == BankFileState.REFUSED else known
    received = BankFile(file_name=clean_file_name(name), size_bytes=size, checksum=checksum, uploaded_by=by)
    content.seek(0)
    received.file.save(name, content, save=False)
    received.save(force_insert=True)
    doorbell.ring_after_commit()
    return received


@transaction.atomic
def bank_file_retry(*, bank_file: BankFile, by: User | None) -> BankFile:
    """Read a refused file once more.

    Raises:
        Conflict: not_refused.
    """
    held = BankFile.objects.select_for_update(of=("self",)).get(pk=bank_file.pk)
    if held.state != BankFileState.REFUSED:
        raise Conflict(_("This file has not been refused."), code="not_refused", current=held.state)
    _set(held, state=BankFileState.RECEIVED, error_code="", error_line=None, error_detail="", finished_at=None)
    doorbell.ring_after_commit()
    return held


def import_waiting_files() -> list[BankFile]:
    """Read and book every file that waits, the oldest first; gives those that were dealt with."""
    done = _import_all(*TO_READ)
    if done:  # what was booked now may be what others tell the parts of
        done += _import_all(BankFileState.WAITING)
    return done


def _import_all(*states: BankFileState) -> list[BankFile]:
    done = []
    for waiting in BankFile.objects.filter(state__in=states).order_by("created_at", "pk"):
        with _alone(waiting) as is_ours:
            if is_ours and import_bank_file(bank_file=waiting):
                done.append(waiting)
    return done


def import_bank_file(*, bank_file: BankFile) -> bool:
    """Read a file to its end, and book its lines if nothing stands against it. False where that was done before.

    A line that is known already is left out. What was refused keeps its reason, and books nothing. Details of what no statement
    has booked yet wait for it. A run that was broken off is simply repeated.
    """
    bank_file = BankFile.objects.select_related("uploaded_by").get(pk=bank_file.pk)
    if bank_file.state not in (*TO_READ, BankFileState.WAITING):
        return False
    known_before = bank_file.new_count if bank_file.state == BankFileState.WAITING else 0
    _set(bank_file, state=BankFileState.READING, line_count=0)
    try:
        with staged(bank_file) as lines:
            with bank_file.file.open("rb") as stream:
                for read in lines.read(stream):
                    _progress(bank_file, line_count=read)
            _set(bank_file, state=BankFileState.BOOKING, line_count=lines.count)
            for booked in book_lines(bank_file, lines):
                _progress(bank_file, new_count=booked)
            awaited = take_apart(lines)
    except (bank.BankFileRefused, DomainError) as refusal:
        _refuse(bank_file, refusal)
    else:
        _finish(bank_file, known_before + lines.new, awaited)
    log.info("bank_file_read", bank_file=str(bank_file.pk), state=bank_file.state, lines=bank_file.line_count)
    return True


def _finish(bank_file: BankFile, new_count: int, awaited: list[str]) -> None:
    if awaited:
        detail = _("No statement has booked this yet: %(references)s") % {"references": ", ".join(awaited)}
        _set(bank_file, state=BankFileState.WAITING, new_count=new_count, error_detail=str(detail)[:1_000])
    else:
        _set(bank_file, state=BankFileState.IMPORTED, new_count=new_count, error_detail="", finished_at=clock.now())


def _refuse(bank_file: BankFile, refusal: DomainError) -> None:
    _set(
        bank_file,
        state=BankFileState.REFUSED,
        error_code=refusal.code,
        error_line=refusal.extra.get("line"),
        error_detail=str(refusal.detail)[:1_000],
        finished_at=clock.now(),
        new_count=0,
    )


@transaction.atomic  # in one, the audit log is told who acts
def _set(bank_file: BankFile, **values: object) -> None:
    for name, value in values.items():
        setattr(bank_file, name, value)
    bank_file.save(update_fields=list(values))


def _progress(bank_file: BankFile, **values: int) -> None:
    """For whoever watches; each is a version of the file's history, so it comes in thousands."""
    _set(bank_file, **values)


@contextmanager
def _alone(bank_file: BankFile) -> Iterator[bool]:
    """Whether nobody else reads this file now: a lock of the connection, as a file takes many transactions."""
    key = f"import {bank_file.pk}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [key])
        [is_ours] = cursor.fetchone()
        try:
            yield is_ours
        finally:
            if is_ours:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [key])


def _measured(content: File) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    content.seek(0)
    while piece := content.read(PIECE):
        size += len(piece)
        if size > bank.MOST_BYTES:
            _refuse_upload("file_too_large", _("The file is larger than 128 MB."))
        digest.update(piece)
    if not size:
        _refuse_upload("file_empty", _("The file is empty."))
    return size, digest.hexdigest()


def _refuse_upload(code: str, detail: object) -> None:
    raise Malformed(fields=[FieldError(pointer="/file", code=code, detail=detail)])  # type: ignore[arg-type]  # translatable
