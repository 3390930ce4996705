"""What staff may do with what did not reach the accounting system."""

from datetime import date

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import clock
from apps.core.errors import Conflict, Malformed
from apps.finance.choices import ExportState, ResendScope
from apps.finance.models import AccountingConnection, AccountingExport, AccountingHealth
from apps.finance.models.export import AccountingExportQuerySet
from apps.finance.services.accounting.doorbell import doorbell

# They said that they made nothing, so the next call is another one; of what got no answer nobody knows.
_REFUSED = Q(last_error_code__regex=r"^http_4[0-9]{2}$")


@transaction.atomic
def retry_export(*, export: AccountingExport, by: User | None) -> AccountingExport:
    """Send a parked or skipped row again, in its place in line.

    Raises:
        Conflict: it waits or was sent.
    """
    _locked_health(export.connection)
    held = AccountingExport.objects.select_for_update(of=("self",)).get(pk=export.pk)
    if held.state not in (ExportState.PARKED, ExportState.SKIPPED):
        raise Conflict(_("Only what needs a person or was skipped is sent again."), code="export_not_parked", current=held.state)
    _again(AccountingExport.objects.filter(pk=held.pk), by)
    return AccountingExport.objects.for_page().get(pk=held.pk)


@transaction.atomic
def skip_export(*, export: AccountingExport, reason: str, by: User | None) -> AccountingExport:
    """Give a row up, so that what hangs on the same invoice goes on.

    Raises:
        Conflict: it was sent or skipped, or something is being sent at this moment.
    """
    health = _locked_health(export.connection)
    held = AccountingExport.objects.select_for_update(of=("self",)).get(pk=export.pk)
    is_sending = health.lease_until is not None and health.lease_until >= clock.now()
    if held.state not in (ExportState.TODO, ExportState.PARKED) or (held.state == ExportState.TODO and is_sending):
        raise Conflict(_("Only what waits or needs a person is skipped."), code="export_not_open", current=held.state)
    held.state, held.settled_by, held.settled_reason = ExportState.SKIPPED, _name(by), reason
    held.save()
    doorbell.ring_after_commit()
    return held


@transaction.atomic
def retry_parked(*, connection: AccountingConnection, by: User | None) -> int:
    """Send everything again that needs a person; gives how many."""
    _locked_health(connection)
    return _again(AccountingExport.objects.filter(connection=connection, state=ExportState.PARKED), by)


@transaction.atomic
def resend_exports(*, connection: AccountingConnection, since: date, until: date, scope: str, by: User | None) -> int:
    """Send again what was put in line from one day to another; gives how many.

    A document that was sent is looked for there, and made only where it is missing.

    Raises:
        Malformed: range_empty.
    """
    if until < since:
        raise Malformed(_("The last day must not be before the first."), code="range_empty")
    _locked_health(connection)
    within = AccountingExport.objects.filter(
        connection=connection, queued_at__gte=clock.day_bounds(since)[0], queued_at__lt=clock.day_bounds(until)[1]
    )
    wanted = Q(state=ExportState.PARKED)
    if scope == ResendScope.DOCUMENTS:
        wanted |= Q(state=ExportState.DONE, allocation=None)
    return _again(within.filter(wanted), by)


def _again(rows: AccountingExportQuerySet, by: User | None) -> int:
    fresh = {"state": ExportState.TODO, "lost": 0, "done_at": None, "settled_by": _name(by), "settled_reason": ""}
    keys = list(rows.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
    doorbell.ring_after_commit()
    chosen = AccountingExport.objects.filter(pk__in=keys)
    chosen.filter(_REFUSED | Q(state=ExportState.DONE)).update(version=F("version") + 1)
    return chosen.update(**fresh)


def _locked_health(connection: AccountingConnection) -> AccountingHealth:
    return AccountingHealth.objects.select_for_update(of=("self",)).get(connection=connection)


def _name(by: User | None) -> str:
    return str(by)[:200] if by else ""
