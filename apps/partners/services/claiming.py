"""Taking messages in hand. A row in hand has a lease: a worker that dies lets it lapse, and the row is due again.

One worker at a time has messages of an endpoint in hand, and of one order's line only the earliest that is not settled:
that is what keeps an order's messages in order and an endpoint from being overrun.
"""

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from apps.core import clock
from apps.partners import queries
from apps.partners.models import PartnerDelivery
from apps.partners.queries import Endpoint

LEASE = timedelta(seconds=40)  # well over the ten seconds that a call may take

Places = Callable[[Endpoint, bool], int]  # of an endpoint, and whether it is only probed


def claim(*, worker: UUID, most_endpoints: int, most_rows: int, places: Places) -> dict[Endpoint, list[PartnerDelivery]]:
    """Take rows in hand, fairly over the endpoints: of each at most as many as it has places for.

    An endpoint that keeps failing is probed by one call at a time. The attempt counts before it is made.
    """
    now = clock.now()
    waiting = queries.endpoints_with_work(now)
    random.shuffle(waiting)  # so that none is always first
    probed = queries.failing_endpoints(waiting)
    claimed: dict[Endpoint, list[PartnerDelivery]] = {}
    for endpoint in waiting:
        room = min(places(endpoint, endpoint in probed), most_rows - sum(map(len, claimed.values())))
        if room > 0 and len(claimed) < most_endpoints and (rows := _claim_of(endpoint, room, worker=worker, now=now)):
            claimed[endpoint] = rows
    return claimed


@transaction.atomic
def _claim_of(endpoint: Endpoint, places: int, *, worker: UUID, now: datetime) -> list[PartnerDelivery]:
    if not _is_ours(endpoint, worker=worker, now=now):
        return []
    rows = PartnerDelivery.objects.sendable(now).filter(integration=endpoint.integration_id, channel=endpoint.channel)
    rows = rows.order_by("next_attempt_at", "queued_at", "sequence").select_for_update(skip_locked=True, of=("self",))
    related = ("integration__partner_organization", "integration__business_entity", "reference__order")
    claimed = list(rows.select_related(*related)[:places])
    for row in claimed:
        row.attempts += 1
        row.lease_until, row.lease_by = now + LEASE, worker
    PartnerDelivery.objects.filter(pk__in=[row.pk for row in claimed]).update(
        attempts=F("attempts") + 1, lease_until=now + LEASE, lease_by=worker
    )
    return claimed


def _is_ours(endpoint: Endpoint, *, worker: UUID, now: datetime) -> bool:
    """Whether no other worker has messages of the endpoint in hand, nor is about to."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", (f"partner_endpoint:{endpoint}",))
        (alone,) = cursor.fetchone()
    in_hand = PartnerDelivery.objects.filter(integration=endpoint.integration_id, channel=endpoint.channel, lease_until__gte=now)
    return bool(alone) and not in_hand.exclude(lease_by=worker).exists()


@transaction.atomic
def put_back(unsent: Sequence[PartnerDelivery], *, worker: UUID) -> None:
    """Let go of what was not sent; it was no attempt."""
    rows = PartnerDelivery.objects.filter(pk__in=[row.pk for row in unsent], lease_by=worker)
    rows.update(attempts=F("attempts") - 1, lease_until=None, lease_by=None)
