"""Claim, call, record. A row is claimed in one transaction, sent in none, and settled in another.

Calls run side by side, at most two to one endpoint, so that a partner that hangs keeps nobody else waiting. Of one order only
the earliest row that is not settled is ever claimed: that is what keeps its messages in order.
"""

import random
import time
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from apps.core import clock
from apps.core.crypto import SecretUnreadable
from apps.core.records import RecordRef
from apps.core.retries import MAX_ATTEMPTS, next_attempt_after
from apps.gateway.choices import Direction
from apps.gateway.services import log_call
from apps.partners import queries
from apps.partners.choices import DeliveryState
from apps.partners.clients import webhooks
from apps.partners.clients.webhooks import Call, Outcome
from apps.partners.models import DeliveryAttempt, EndpointHealth, PartnerDelivery, PartnerIntegration
from apps.partners.models.delivery import ERROR_LENGTH, EXCERPT_LENGTH
from apps.workflow.choices import TaskPriority, TaskType
from apps.workflow.models import InternalTask
from apps.workflow.services import create_task

LEASE = timedelta(seconds=40)  # well over the ten seconds that a call may take
AT_ONCE = 8
AT_ONCE_PER_ENDPOINT = 2
CIRCUIT_OPENS_AFTER = 10
PROBE_EVERY = timedelta(minutes=1)


def send_due(*, limit: int = 200, seconds: float = 20.0) -> int:
    """Send what is due until nothing is, `limit` were sent or time is up; gives how many calls were made.

    Any number of workers may do so at once. A worker that dies leaves its claims to lapse.
    """
    ends_at, made = time.monotonic() + seconds, 0
    calling: dict[Future[Outcome], PartnerDelivery] = {}
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        while True:
            room = min(AT_ONCE - len(calling), limit - made)
            if room and time.monotonic() < ends_at:
                for delivery in claim(room):
                    calling[_begin(delivery, pool)] = delivery
                    made += 1
            if not calling:
                return made
            finished, _rest = wait(calling, return_when=FIRST_COMPLETED)
            for future in finished:
                record(calling.pop(future), future.result())


def claim(room: int) -> list[PartnerDelivery]:
    """Take up to `room` rows in hand, fairly over the endpoints. The attempt counts before it is made."""
    now = clock.now()
    waiting = list(PartnerDelivery.objects.sendable(now).order_by().values_list("integration", flat=True).distinct())
    random.shuffle(waiting)  # so that none is always first
    busy = queries.in_flight(waiting, now)
    failing = queries.failing(waiting, CIRCUIT_OPENS_AFTER)
    claimed: list[PartnerDelivery] = []
    for integration_id in waiting:
        most = 1 if integration_id in failing else AT_ONCE_PER_ENDPOINT
        places = min(room - len(claimed), most - busy.get(integration_id, 0))
        if places > 0:
            claimed += _claim_for(integration_id, places, now)
    return claimed


@transaction.atomic
def _claim_for(integration_id: UUID, places: int, now: datetime) -> list[PartnerDelivery]:
    rows = PartnerDelivery.objects.sendable(now).filter(integration=integration_id)
    rows = rows.order_by("next_attempt_at", "queued_at", "sequence").select_for_update(skip_locked=True, of=("self",))
    keys = [row.pk for row in rows[:places]]
    claimed_by = uuid4()
    PartnerDelivery.objects.filter(pk__in=keys).update(attempts=F("attempts") + 1, lease_until=now + LEASE, lease_by=claimed_by)
    ours = PartnerDelivery.objects.filter(lease_by=claimed_by).select_related("reference", "integration")
    return list(ours.select_related("integration__partner_organization", "reference__order"))


def _begin(delivery: PartnerDelivery, pool: Executor) -> Future[Outcome]:
    """The call under way. One that cannot be made fails like a call, and so stops nobody else's."""
    if delivery.attempts > MAX_ATTEMPTS:
        return _failed("worker_lost", "The worker that was to send it did not come back.")
    try:
        return pool.submit(webhooks.send, _call_of(delivery))
    except SecretUnreadable as error:
        return _failed("secret_unreadable", str(error))


def _failed(code: str, detail: str) -> Future[Outcome]:
    future: Future[Outcome] = Future()
    future.set_result(Outcome(started_at=clock.now(), elapsed_ms=0, error_code=code, error_detail=detail, final=True))
    return future


def _call_of(delivery: PartnerDelivery) -> Call:
    integration = delivery.integration
    return Call(
        webhook_id=delivery.webhook_id,
        url=integration.webhook_url,
        body=delivery.body,
        secrets=integration.signing_secrets(),
    )


@transaction.atomic
def record(claimed: PartnerDelivery, outcome: Outcome) -> None:
    """Write down what came of a call, and settle the row unless its lease ran out and another worker has it now."""
    _log(claimed, outcome)
    ours = PartnerDelivery.objects.filter(pk=claimed.pk, state=DeliveryState.TODO, lease_by=claimed.lease_by)
    delivery = ours.select_for_update(of=("self",)).first()
    _watch_endpoint(claimed.integration, outcome)
    if delivery is None:
        return
    delivery.lease_until = delivery.lease_by = None
    delivery.last_error_code, delivery.last_error = outcome.error_code, outcome.error_detail[:ERROR_LENGTH]
    if outcome.ok:
        delivery.state, delivery.delivered_at = DeliveryState.DONE, clock.now()
    else:
        _try_later_or_park(delivery, outcome)
    delivery.save()
    if delivery.state == DeliveryState.DONE:
        type(claimed.reference).objects.filter(pk=claimed.reference_id).update(last_sync_at=delivery.delivered_at)
    if delivery.state == DeliveryState.PARKED:
        _tell_a_person(claimed, outcome)


def _try_later_or_park(delivery: PartnerDelivery, outcome: Outcome) -> None:
    after = None if outcome.final else next_attempt_after(delivery.attempts, outcome.retry_after)
    if after is None:
        delivery.state = DeliveryState.PARKED
    else:
        delivery.next_attempt_at = clock.now() + after


def _watch_endpoint(integration: PartnerIntegration, outcome: Outcome) -> None:
    """Ten failures in a row open the circuit: from then on one call a minute, until one succeeds."""
    health, _made = EndpointHealth.objects.select_for_update().get_or_create(integration=integration)
    before = (health.consecutive_failures, health.open_until, health.gone_at)
    if outcome.ok:
        health.consecutive_failures, health.open_until = 0, None
    else:
        health.consecutive_failures += 1
        if health.consecutive_failures >= CIRCUIT_OPENS_AFTER:
            health.open_until = clock.now() + PROBE_EVERY
    if outcome.gone:
        health.gone_at = clock.now()
    if before != (health.consecutive_failures, health.open_until, health.gone_at):
        health.save()


def _log(claimed: PartnerDelivery, outcome: Outcome) -> None:
    integration = claimed.integration
    DeliveryAttempt.objects.create(
        delivery=claimed,
        number=claimed.attempts,
        started_at=outcome.started_at,
        url=integration.webhook_url,
        response_status=outcome.status,
        response_excerpt=outcome.excerpt[:EXCERPT_LENGTH],
        elapsed_ms=outcome.elapsed_ms,
        error_code=outcome.error_code,
        error_detail=outcome.error_detail[:ERROR_LENGTH],
    )
    log_call(
        direction=Direction.OUT,
        integration=integration.integration_name,
        organization_id=integration.partner_organization_id,
        organization_label=str(integration.partner_organization),
        method="POST",
        endpoint=integration.webhook_url[:500],
        occurred_at=outcome.started_at,
        response_status=outcome.status,
        response_time_ms=outcome.elapsed_ms,
        request_size_bytes=len(claimed.body.encode()),
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
