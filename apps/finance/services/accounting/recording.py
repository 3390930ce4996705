"""Writing down what came of a row: where it stands now, how its connection is doing, and who must look."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core import clock, outbound
from apps.core.retries import MAX_ATTEMPTS, next_attempt_after
from apps.finance.choices import ConnectionStatus, ExportState
from apps.finance.clients.accounting import LIMIT_REACHED, CallMade, NotLetIn, Unwell
from apps.finance.models import AccountingConnection, AccountingExport, AccountingHealth
from apps.finance.models.export import ERROR_LENGTH
from apps.finance.services.accounting.calling import Outcome
from apps.finance.services.accounting.telling import tell
from apps.gateway.choices import Direction
from apps.gateway.services import Call, log_calls

# Exact shuts out for an hour, and longer the next time, who errs more than ten times in one.
MOST_REFUSALS = 5
AN_HOUR = timedelta(hours=1)
LONGEST_REST = AN_HOUR  # a system that was down for days is back within the hour
TOLD_AFTER = 6  # failures in a row: it has been down for more than an hour
OWN_FAULT = "http_500"  # of all that may pass by itself the one that may be about the document


@transaction.atomic
def record(export: AccountingExport, outcome: Outcome, *, worker: UUID) -> None:
    """Write down what came of a row, and settle it unless the lease ran out and another worker has it now."""
    health = AccountingHealth.objects.select_for_update(of=("self",)).get(connection=export.connection)
    log_calls([_usage(export, made) for made in outcome.calls])
    held = AccountingExport.objects.select_for_update(of=("self",)).for_page().get(pk=export.pk)
    if health.lease_by != worker or held.state != ExportState.TODO:
        return
    health.lease_until = health.lease_by = None
    health.resume_at = outcome.rests_until
    _settle(held, health, outcome)
    held.save()
    health.save()


@transaction.atomic
def break_connection(connection: AccountingConnection, error: outbound.OutboundError) -> None:
    """Stop a connection that is not let in any more; everything waits until somebody connects again."""
    _stop(connection, ConnectionStatus.BROKEN, f"{error.code}: {error.detail}")
    tell(
        connection,
        _("It does not let us in any more (%(error)s). Connect again on its page; until then everything waits.")
        % {"error": error.detail or error.code},
    )


def park_lost(export: AccountingExport) -> None:
    """Park a row whose workers did not come back."""
    export.state, export.last_error_code = ExportState.PARKED, "worker_lost"
    export.last_error = _("The worker that was to send it did not come back.")
    export.save(update_fields=["state", "lost", "last_error_code", "last_error"])
    _tell_of(export)


def _settle(export: AccountingExport, health: AccountingHealth, outcome: Outcome) -> None:
    error = outcome.error
    if error is None:
        _arrived(export, health, outcome)
    elif error.code == LIMIT_REACHED:
        export.attempts -= 1  # it was not tried
        health.resume_at = clock.now() + (_asked(error) or timedelta(seconds=1))
    else:
        export.last_error_code, export.last_error = error.code, error.detail[:ERROR_LENGTH]
        _failed(export, health, error)


def _arrived(export: AccountingExport, health: AccountingHealth, outcome: Outcome) -> None:
    export.last_error_code = export.last_error = ""
    health.consecutive_failures = 0
    if outcome.moot:
        export.state, export.settled_reason = ExportState.SKIPPED, outcome.moot
        return
    export.state, export.external_id = ExportState.DONE, outcome.external_id
    export.done_at = health.last_sync_at = clock.now()


def _failed(export: AccountingExport, health: AccountingHealth, error: outbound.OutboundError) -> None:
    if isinstance(error, NotLetIn):
        break_connection(export.connection, error)
    elif isinstance(error, outbound.RetryableError):
        _wait(export, health, error)
    else:
        export.state = ExportState.PARKED
        _tell_of(export)
        _count_refusal(export.connection, health)


def _wait(export: AccountingExport, health: AccountingHealth, error: outbound.OutboundError) -> None:
    """Leave the connection alone for a while, so that what waits keeps its order; for as long as it takes.

    Only where the fault may be the document's own does it give up after all attempts, and the next may go.
    """
    health.consecutive_failures += 1
    if error.code == OWN_FAULT and health.consecutive_failures >= MAX_ATTEMPTS:
        export.state, health.consecutive_failures = ExportState.PARKED, 0
        _tell_of(export)
        return
    rest = next_attempt_after(min(health.consecutive_failures, MAX_ATTEMPTS - 1)) or LONGEST_REST
    health.resume_at = clock.now() + max(min(rest, LONGEST_REST), _asked(error) or timedelta(0))
    if health.consecutive_failures == TOLD_AFTER:
        tell(
            export.connection,
            _("It has not answered for more than an hour (%(error)s). What waits is sent when it does; nothing is lost.")
            % {"error": error.detail or error.code},
        )


def _count_refusal(connection: AccountingConnection, health: AccountingHealth) -> None:
    now = clock.now()
    if health.refusals_since is None or now - health.refusals_since >= AN_HOUR:
        health.refusals, health.refusals_since = 0, now
    health.refusals += 1
    if health.refusals >= MOST_REFUSALS:
        reason = _("It refused %(count)s documents within an hour.") % {"count": health.refusals}
        _stop(connection, ConnectionStatus.PAUSED, reason)


def _stop(connection: AccountingConnection, status: ConnectionStatus, reason: str) -> None:
    connection.status, connection.status_reason = status, reason[:500]
    connection.save(update_fields=["status", "status_reason"])


def _tell_of(export: AccountingExport) -> None:
    tell(
        export.connection,
        _("%(document)s was not taken: %(error)s. Mend it and send it again, or skip it, on its page.")
        % {"document": export, "error": export.last_error or export.last_error_code},
    )


def _asked(error: outbound.OutboundError) -> timedelta | None:
    return error.retry_after if isinstance(error, Unwell) else None


def _usage(export: AccountingExport, made: CallMade) -> Call:
    return Call(
        direction=Direction.OUT,
        integration=str(export.connection),
        organization_label=export.connection.get_system_display(),
        method=made.method,
        endpoint=made.url,
        occurred_at=made.at,
        response_status=made.status,
        response_time_ms=made.elapsed_ms,
        request_size_bytes=made.sent,
        response_size_bytes=made.received,
        error_code=made.error_code,
        error_message=made.error_detail,
    )
