"""Figures by mail: which letters are due, and the writing of each, once; a missed day is made up for, and says so."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import structlog
from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _
from typst import TypstError

from apps.accounts.models import User
from apps.communication.choices import StaffMailKind
from apps.communication.models import StaffMail
from apps.communication.services import write_to_staff
from apps.core import clock
from apps.core.errors import Refused
from apps.core.retries import MAX_ATTEMPTS, next_attempt_after
from apps.events.services import claim_slot, due_days
from apps.reporting.choices import Cadence
from apps.reporting.documents.letter import letter_for
from apps.reporting.documents.report import may_have
from apps.reporting.models import ReportMail, ReportSubscription
from apps.reporting.models.report import ERROR_LENGTH

log = structlog.get_logger(__name__)

JOB = "reporting.send_reports"
SEVEN = time(7)
LATE_AFTER = timedelta(hours=2)
LEASE = timedelta(minutes=10)  # far longer than a letter takes to write: when it runs out, the worker is gone
MONDAY = 0
FALLS_ON: dict[str, Callable[[date], bool]] = {
    Cadence.DAILY: lambda day: True,
    Cadence.WEEKLY: lambda day: day.weekday() == MONDAY,
    Cadence.MONTHLY: lambda day: day.day == 1,
}


def report_runs_due() -> int:
    """Put the letters in line of each seven o'clock that has passed, today's and missed ones; gives how many.

    Any number of clocks may do so at once: a day is taken once, in one transaction with the rows of its letters.
    """
    return sum(_put_in_line(day) for day in due_days(JOB, at=SEVEN))


@transaction.atomic
def _put_in_line(day: date) -> int:
    if not claim_slot(JOB, day):
        return 0
    now = clock.now()
    cadences = [cadence for cadence, falls_on in FALLS_ON.items() if falls_on(day)]
    readers = ReportSubscription.objects.filter(is_active=True, cadence__in=cadences, user__is_active=True, user__is_staff=True)
    rows = [
        ReportMail(user_id=row.user_id, cadence=row.cadence, day=day, is_late=_is_late(day, now), next_attempt_at=now)
        for row in readers
    ]
    return len(ReportMail.objects.bulk_create(rows, ignore_conflicts=True))  # one that is in line stays so


def _is_late(day: date, moment: datetime) -> bool:
    return moment > datetime.combine(day, SEVEN, tzinfo=clock.AMSTERDAM) + LATE_AFTER


def write_due_reports(*, limit: int) -> int:
    """Write the letters that are in line; gives how many were tried.

    A letter that cannot be written is tried again later, and does not hold up the others; nor does one that kills its worker
    each time. After the last attempt it is given up, which is a figure of its own.
    """
    for tried in range(limit):
        row = _claim_next()
        if row is None:
            return tried
        if row.attempt_count > MAX_ATTEMPTS:
            _put_back(row, str(_("The worker that was to write it did not come back.")))
            continue
        try:
            _write(row)
        except (DatabaseError, ArithmeticError, LookupError, ValueError, TypstError) as error:
            log.warning("report_failed", report=str(row.pk), exc_info=True)
            _put_back(row, f"{type(error).__name__}: {error}")
    return limit


@transaction.atomic
def _claim_next() -> ReportMail | None:
    now = clock.now()
    due = ReportMail.objects.filter(next_attempt_at__lte=now).order_by("next_attempt_at", "day")
    row = due.select_for_update(skip_locked=True, of=("self",)).first()
    if row is not None:
        row.attempt_count += 1
        row.next_attempt_at = now + LEASE
        row.save(update_fields=["attempt_count", "next_attempt_at"])
    return row


@transaction.atomic
def _write(claimed: ReportMail) -> None:
    """The letter and its mark in one transaction: it is written once, also when a worker dies on the way."""
    row = ReportMail.objects.select_for_update(of=("self",)).select_related("user").get(pk=claimed.pk)
    if row.next_attempt_at is None or row.attempt_count != claimed.attempt_count:
        return  # the lease ran out, and another has written it or is at it
    # Asked again at the last moment: who has lost the right since gets nothing.
    is_reader = row.user.is_active and row.user.is_staff and may_have(row.user)
    now = clock.now()
    row.is_late = _is_late(row.day, now)  # it may have waited in line, or for another attempt
    row.mail = _mail(row) if is_reader else None
    row.written_at, row.next_attempt_at, row.last_error = now, None, ""
    row.save(update_fields=["is_late", "mail", "written_at", "next_attempt_at", "last_error"])


def _mail(row: ReportMail) -> StaffMail:
    letter = letter_for(row.user, row.cadence, row.day, is_late=row.is_late)
    return write_to_staff(
        user=row.user,
        kind=StaffMailKind.REPORT,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        images=letter.images,
        dedupe_key=f"report:{row.pk}:{row.attempt_count}",
    )


@transaction.atomic
def _put_back(claimed: ReportMail, error: str) -> None:
    wait = next_attempt_after(claimed.attempt_count)
    again = clock.now() + wait if wait is not None else None
    rows = ReportMail.objects.filter(pk=claimed.pk, attempt_count=claimed.attempt_count, written_at__isnull=True)
    rows.update(next_attempt_at=again, last_error=error.replace("\0", "")[:ERROR_LENGTH])


@transaction.atomic
def write_report_again(*, reportmail: ReportMail, by: User | None) -> ReportMail:
    """Put a letter that was given up in line again; it says that it is late.

    Raises:
        Refused: report_not_given_up.
    """
    row = ReportMail.objects.select_for_update(of=("self",)).get(pk=reportmail.pk)
    if not row.is_given_up:
        raise Refused(_("Only a letter that was given up is written again."), code="report_not_given_up")
    row.attempt_count, row.next_attempt_at = 0, clock.now()
    row.save(update_fields=["attempt_count", "next_attempt_at"])
    return row


@transaction.atomic
def send_report_now(*, cadence: str, by: User) -> StaffMail:
    """Write a colleague today's letter at once; it stands beside the one that comes by itself.

    Raises:
        Refused: report_without_figures.
    """
    if not may_have(by):
        raise Refused(_("There are no figures that you may see."), code="report_without_figures")
    letter = letter_for(by, cadence, clock.today(), is_late=False)
    return write_to_staff(
        user=by, kind=StaffMailKind.REPORT, subject=letter.subject, text=letter.text, html=letter.html, images=letter.images
    )


@transaction.atomic
def choose_reports(*, user: User, cadences: set[str]) -> None:
    """Have a colleague get these letters, and no others."""
    for cadence in Cadence.values:
        is_active = cadence in cadences
        if is_active:
            ReportSubscription.objects.get_or_create(user=user, cadence=cadence)
        row = ReportSubscription.objects.filter(user=user, cadence=cadence).first()
        if row is not None and row.is_active is not is_active:
            row.is_active = is_active
            row.save(update_fields=["is_active"])
