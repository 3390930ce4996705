"""Acts on many records: the store behind `apps.core.admin.bulk`."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import BulkOutcome
from apps.accounts.models import BulkRow, BulkRun, User
from apps.core import clock
from apps.core.errors import Conflict, DomainError, NotFound, Unavailable
from apps.core.transactions import retrying

KEPT = timedelta(days=30)
REASON_LENGTH = 1000

# Carries the act out on one record, and gives what taking it back needs.
Work = Callable[[BulkRow], Any]


@transaction.atomic
def open_run(*, page: str, act: str, records: Sequence[tuple[UUID, str]], by: User) -> BulkRun:
    """Note which records an act is meant for; nothing happens to them yet."""
    run = BulkRun.objects.create(user=by, page=page, act=act)
    BulkRow.objects.bulk_create([BulkRow(run=run, record_id=key, label=label[:200]) for key, label in records])
    return run


@transaction.atomic
def open_undoing(*, run: BulkRun, by: User) -> BulkRun:
    """The run that takes back what another one did; there is one at most, and it is as good as begun.

    Raises:
        Conflict: already_undone.
    """
    locked = BulkRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if locked.undone_by.exists():
        raise Conflict(_("This has been taken back already."), code="already_undone")
    undoing = BulkRun.objects.create(user=by, page=run.page, act=run.act, undoes=locked, started_at=clock.now())
    done = locked.rows.filter(outcome=BulkOutcome.DONE, before__isnull=False)
    BulkRow.objects.bulk_create(
        [BulkRow(run=undoing, record_id=row.record_id, label=row.label, before=row.before) for row in done]
    )
    return undoing


def find_run(key: UUID, *, page: str, by: User) -> BulkRun:
    """A run of somebody's own.

    Raises:
        NotFound: it is not there, or not theirs.
    """
    run = BulkRun.objects.select_related("undoes").filter(pk=key, page=page, user=by).first()
    if run is None:
        raise NotFound
    return run


def start_run(*, run: BulkRun, answers: Mapping[str, Any]) -> None:
    """Begin it with these answers, if nobody has begun it already."""
    BulkRun.objects.filter(pk=run.pk, started_at__isnull=True).update(answers=dict(answers), started_at=clock.now())


def carry_out(*, run: BulkRun, work: Work, enough: Callable[[], bool]) -> None:
    """Do the act on one record after the other, each in a transaction of its own, until all are done or it is enough."""
    waiting = run.rows.filter(outcome=BulkOutcome.WAITING).order_by("record_id").values_list("pk", flat=True)
    for key in list(waiting):
        if enough():
            return
        try:
            retrying(partial(_do, key, work))
        except Unavailable as error:
            BulkRow.objects.filter(pk=key, outcome=BulkOutcome.WAITING).update(outcome=BulkOutcome.REFUSED, reason=str(error))


@transaction.atomic
def _do(key: UUID, work: Work) -> None:
    """The act and its result are kept together, or neither is; what somebody else is at is left to them."""
    row = BulkRow.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=key, outcome=BulkOutcome.WAITING).first()
    if row is None:
        return
    try:
        with transaction.atomic():
            row.before = work(row)
        row.outcome = BulkOutcome.DONE
    except DomainError as error:
        row.outcome, row.reason = BulkOutcome.REFUSED, _reasons(error)[:REASON_LENGTH]
    row.save(update_fields=["outcome", "reason", "before"])


def _reasons(error: DomainError) -> str:
    """The refusal with every reason behind it, each once."""
    told = [error.detail, *(reason["detail"] for reason in error.extra.get("reasons", ()))]
    told += [fault.detail for fault in error.fields]
    return " ".join(dict.fromkeys(str(text) for text in told))


def forget_old_runs() -> int:
    """Remove bulk acts that nobody will take back any more; what they did stands in the audit log. Gives how many."""
    _removed, per_model = BulkRun.objects.filter(created_at__lt=clock.now() - KEPT).delete()
    return per_model.get(BulkRun._meta.label, 0)
