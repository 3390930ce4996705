"""Claim, call, record. A row is claimed in one transaction, sent in none, and settled in another.

One worker at a time sends by a connection, one row after the other: that keeps them in order and within the limits. A
worker that dies lets its lease lapse, and the row is due again; whether it arrived is asked before it is sent once more.
"""

import time
from datetime import timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q

from apps.core import clock, outbound
from apps.events.queries import sending_is_held
from apps.finance.choices import ConnectionStatus, ExportState
from apps.finance.clients.accounting import NotLetIn
from apps.finance.models import AccountingConnection, AccountingExport, AccountingHealth
from apps.finance.services.accounting.access import token_for
from apps.finance.services.accounting.calling import deliver
from apps.finance.services.accounting.recording import break_connection, park_lost, record

LEASE = timedelta(minutes=2)  # well over what the calls of one row may take
MOST_LOST = 3
# A renewal token that nobody uses ends: at Exact after thirty days, at Xero after sixty.
RENEWED_EVERY = timedelta(days=7)


def send_exports(*, seconds: float = 20.0) -> int:
    """Send what is in line until nothing is or time is up, a row of each connection in turn; gives how many were tried.

    Any number of workers may do so at once.
    """
    if sending_is_held():
        return 0
    worker, ends_at, tried = uuid4(), time.monotonic() + seconds, 0
    waiting = list(_with_work())
    while waiting and time.monotonic() < ends_at:
        connection = waiting.pop(0)
        export = claim(connection, worker=worker)
        if export is not None:
            record(export, deliver(export), worker=worker)
            waiting.append(connection)
            tried += 1
    return tried


def keep_access() -> int:
    """Renew what lets us in where nothing was sent for a while, so that it does not end; gives how many were tried."""
    if sending_is_held():
        return 0
    quiet = AccountingConnection.objects.select_related("business_entity").filter(
        status__in=[ConnectionStatus.CONNECTED, ConnectionStatus.PAUSED], access__renewed_at__lt=clock.now() - RENEWED_EVERY
    )
    for connection in quiet:
        try:
            token_for(connection)
        except NotLetIn as error:
            break_connection(connection, error)
        except outbound.RetryableError:
            continue  # it is asked again in ten minutes, for weeks
    return len(quiet)


@transaction.atomic
def claim(connection: AccountingConnection, *, worker: UUID) -> AccountingExport | None:
    """Take the first row of a connection's line in hand; None where there is none, or it may not be called now."""
    now = clock.now()
    health = (
        AccountingHealth.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(_free(now, worker), connection=connection, connection__status=ConnectionStatus.CONNECTED)
        .first()
    )
    if health is None:
        return None
    rows = AccountingExport.objects.filter(connection=connection).sendable().for_page().order_by("sequence")
    export = rows.select_for_update(of=("self",)).first()
    if export is None:
        return None
    is_lost = health.lease_by is not None and health.lease_by != worker
    if is_lost and _park_if_lost(export):
        _let_go(health)
        return None
    export.attempts += 1
    export.save(update_fields=["attempts", "lost"])
    health.lease_until, health.lease_by = now + LEASE, worker
    health.save(update_fields=["lease_until", "lease_by"])
    return export


def _with_work() -> "list[AccountingConnection]":
    now = clock.now()
    waiting = AccountingExport.objects.filter(state=ExportState.TODO).order_by().values("connection")
    rows = AccountingHealth.objects.filter(
        Q(resume_at=None) | Q(resume_at__lte=now), connection__in=waiting, connection__status=ConnectionStatus.CONNECTED
    )
    return [health.connection for health in rows.select_related("connection__business_entity").order_by("connection")]


def _free(now: object, worker: UUID) -> Q:
    """That the connection may be called, and that nobody else is sending by it."""
    rested = Q(resume_at=None) | Q(resume_at__lte=now)
    return rested & (Q(lease_until=None) | Q(lease_until__lt=now) | Q(lease_by=worker))


def _park_if_lost(export: AccountingExport) -> bool:
    """A row whose worker did not come back is tried again, and parked when it seems to be what kills them."""
    export.lost += 1
    if export.lost < MOST_LOST:
        return False
    park_lost(export)
    return True


def _let_go(health: AccountingHealth) -> None:
    health.lease_until = health.lease_by = None
    health.save(update_fields=["lease_until", "lease_by"])
