"""Writing down what came of calls: each attempt, where its message stands now, how its endpoint is doing."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core import clock
from apps.core.records import RecordRef
from apps.core.retries import MAX_ATTEMPTS, next_attempt_after
from apps.gateway.choices import Direction
from apps.gateway.services import Call, log_calls
from apps.partners.choices import DeliveryState
from apps.partners.clients.outcome import Outcome
from apps.partners.models import DeliveryAttempt, EndpointHealth, PartnerDelivery, PartnerIntegration, PartnerOrderReference
from apps.partners.models.delivery import ERROR_LENGTH, EXCERPT_LENGTH
from apps.partners.queries import CIRCUIT_OPENS_AFTER
from apps.workflow.choices import TaskPriority, TaskType
from apps.workflow.models import InternalTask
from apps.workflow.services import create_task

PROBE_EVERY = timedelta(minutes=1)

Made = tuple[PartnerDelivery, Outcome]


@transaction.atomic
def record(made: Sequence[Made]) -> None:
    """Write down what came of calls, and settle each row unless its lease ran out and another worker has it now.

    All of them in one transaction and few statements: an endpoint that answers fast is not held up by us.
    """
    DeliveryAttempt.objects.bulk_create([_attempt(claimed, outcome) for claimed, outcome in made])
    log_calls([_usage(claimed, outcome) for claimed, outcome in made])
    _watch_endpoints(made)
    ours = _still_ours(made)
    arrived = [claimed for claimed, outcome in made if outcome.ok and claimed.pk in ours]
    _settle(arrived)
    for claimed, outcome in made:
        if not outcome.ok and claimed.pk in ours:
            _try_later_or_park(claimed, outcome)


def _still_ours(made: Sequence[Made]) -> set[UUID]:
    keys = sorted(claimed.pk for claimed, _outcome in made)
    rows = PartnerDelivery.objects.filter(pk__in=keys, state=DeliveryState.TODO).order_by("pk")
    leases = dict(rows.select_for_update(of=("self",)).values_list("pk", "lease_by"))
    return {claimed.pk for claimed, _outcome in made if leases.get(claimed.pk) == claimed.lease_by}


def _settle(arrived: Sequence[PartnerDelivery]) -> None:
    if not arrived:
        return
    now = clock.now()
    PartnerDelivery.objects.filter(pk__in=[row.pk for row in arrived]).update(
        state=DeliveryState.DONE, delivered_at=now, lease_until=None, lease_by=None, last_error_code="", last_error=""
    )
    PartnerOrderReference.objects.filter(pk__in=[row.reference_id for row in arrived]).update(last_sync_at=now)


def _try_later_or_park(delivery: PartnerDelivery, outcome: Outcome) -> None:
    after = None if outcome.final else next_attempt_after(delivery.attempts, outcome.retry_after)
    delivery.lease_until = delivery.lease_by = None
    delivery.last_error_code, delivery.last_error = outcome.error_code, outcome.error_detail[:ERROR_LENGTH]
    if after is None:
        delivery.state = DeliveryState.PARKED
    else:
        delivery.next_attempt_at = clock.now() + after
    delivery.save(update_fields=["lease_until", "lease_by", "last_error_code", "last_error", "state", "next_attempt_at"])
    if delivery.state == DeliveryState.PARKED:
        _tell_a_person(delivery, outcome)


def _watch_endpoints(made: Sequence[Made]) -> None:
    outcomes: dict[tuple[UUID, str], list[Outcome]] = defaultdict(list)
    for claimed, outcome in made:
        outcomes[claimed.integration_id, claimed.channel].append(outcome)
    for endpoint in sorted(outcomes):
        _watch_endpoint(*endpoint, outcomes[endpoint])


def _watch_endpoint(integration_id: UUID, channel: str, outcomes: Sequence[Outcome]) -> None:
    """Ten failures in a row open the circuit: from then on one call a minute, until one succeeds."""
    rows = EndpointHealth.objects.select_for_update()
    health, _made = rows.get_or_create(integration_id=integration_id, channel=channel)
    before = (health.consecutive_failures, health.open_until, health.gone_at)
    for outcome in outcomes:
        if outcome.ok:
            health.consecutive_failures, health.open_until = 0, None
        else:
            health.consecutive_failures += 1
        if outcome.gone:
            health.gone_at = clock.now()
    if health.consecutive_failures >= CIRCUIT_OPENS_AFTER:
        health.open_until = clock.now() + PROBE_EVERY
    if before != (health.consecutive_failures, health.open_until, health.gone_at):
        health.save()


def _attempt(claimed: PartnerDelivery, outcome: Outcome) -> DeliveryAttempt:
    return DeliveryAttempt(
        delivery=claimed,
        number=claimed.attempts,
        started_at=outcome.started_at,
        url=outcome.url,
        response_status=outcome.status,
        response_excerpt=outcome.excerpt[:EXCERPT_LENGTH],
        elapsed_ms=outcome.elapsed_ms,
        error_code=outcome.error_code,
        error_detail=outcome.error_detail[:ERROR_LENGTH],
    )


def _usage(claimed: PartnerDelivery, outcome: Outcome) -> Call:
    integration = claimed.integration
    return Call(
        direction=Direction.OUT,
        integration=integration.integration_name,
        organization_id=integration.partner_organization_id,
        organization_label=str(integration.partner_organization),
        method=outcome.method,
        endpoint=outcome.url,
        occurred_at=outcome.started_at,
        response_status=outcome.status,
        response_time_ms=outcome.elapsed_ms,
        request_size_bytes=outcome.request_size,
        response_size_bytes=outcome.answer_size,
        error_code=outcome.error_code,
        error_message=outcome.error_detail,
    )


def _tell_a_person(delivery: PartnerDelivery, outcome: Outcome) -> None:
    """One open task per integration: a partner that is down for days parks a thousand rows."""
    integration = delivery.integration
    told = InternalTask.objects.unfinished().filter(
        about_type=PartnerIntegration.entity_type, about_id=integration.pk, task_type=TaskType.RESEARCH
    )
    if told.exists():
        return
    create_task(
        title=_("%(partner)s does not take our messages") % {"partner": integration.partner_organization},
        description=_(
            "%(order)s: the status %(status)s did not arrive after %(attempts)s of %(most)s attempts (%(error)s). Later "
            "statuses of this order wait. Resend or skip the message on its page."
        )
        % {
            "order": delivery.reference.order.order_number,
            "status": delivery.status,
            "attempts": delivery.attempts,
            "most": MAX_ATTEMPTS,
            "error": outcome.error_code,
        },
        task_type=TaskType.RESEARCH,
        priority=TaskPriority.HIGH,
        about=RecordRef(entity_type=PartnerIntegration.entity_type, entity_id=integration.pk),
        business_entity=integration.business_entity,
    )
