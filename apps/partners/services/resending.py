"""Telling a partner again what it lost: of a stretch of time, or what somebody picked, each order's messages in their order."""

from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import clock
from apps.core.errors import Conflict, Malformed, Refused
from apps.partners.choices import DeliveryState, ResendScope
from apps.partners.doorbell import doorbell
from apps.partners.models import PartnerDelivery, PartnerDeliveryQuerySet, PartnerIntegration, PartnerOrderReference
from apps.partners.services.deliveries import channels_that_are_called, put_back_in_line

MOST_AT_ONCE = 5_000
ORDERS_SHOWN = 50

_FAILED = Q(state=DeliveryState.PARKED) | Q(state=DeliveryState.TODO) & ~Q(last_error_code="")
_OF_SCOPE = {
    ResendScope.PARKED: Q(state=DeliveryState.PARKED),
    ResendScope.FAILED: _FAILED,
    ResendScope.ALL: _FAILED | Q(state=DeliveryState.DONE),
}


@dataclass(frozen=True, kw_only=True)
class ResendPreview:
    """What a resend would do: how many messages, of how many orders; the first so many of those, each with its number."""

    count: int
    orders: int
    shown: list[tuple[PartnerOrderReference, int]]


@dataclass(frozen=True, kw_only=True)
class Resent:
    """How many messages are sent again, and how many were left as they are."""

    count: int
    left: int


def preview_resend(*, integration: PartnerIntegration, since: datetime, until: datetime, scope: str) -> ResendPreview:
    """What `resend_range` would send, were it called now.

    Raises:
        Malformed, Refused: as by `resend_range`.
    """
    rows = _checked(integration, since, until, scope)
    count = _counted(rows)
    per_order = rows.order_by().values("reference").annotate(messages=Count("pk"))
    messages = {each["reference"]: each["messages"] for each in per_order}
    shown = PartnerOrderReference.objects.filter(pk__in=list(messages)).select_related("order").order_by("partner_order_id")
    return ResendPreview(count=count, orders=len(messages), shown=[(each, messages[each.pk]) for each in shown[:ORDERS_SHOWN]])


@transaction.atomic
def resend_range(*, integration: PartnerIntegration, since: datetime, until: datetime, scope: str, by: User | None) -> int:
    """Send again what was queued for an integration from one moment to another; gives how many messages.

    Of an order of which a delivered message is sent again, the later ones follow, so that the partner ends with its latest
    status. What a colleague skipped stays skipped, and what is being sent at this moment is left alone.

    Raises:
        Malformed: the end is not after the beginning.
        Refused: the endpoint is switched off, or there are too many.
    """
    rows = _checked(integration, since, until, scope)
    _counted(rows)
    return _again(rows, by)


@transaction.atomic
def resend_delivered(*, delivery: PartnerDelivery, by: User | None) -> int:
    """Send a message that arrived again, and the later ones of its order after it; gives how many messages.

    Raises:
        Conflict: it did not arrive (yet).
        Refused: the endpoint is switched off.
    """
    if not PartnerDelivery.objects.filter(pk=delivery.pk, state=DeliveryState.DONE).exists():
        raise Conflict(_("Only a message that arrived is sent again like this."), code="delivery_not_done")
    if delivery.channel not in channels_that_are_called(delivery.integration):
        raise Refused(_("The endpoint of this message is not called now."), code="endpoint_disabled")
    line = PartnerDelivery.objects.filter(reference=delivery.reference_id, channel=delivery.channel)
    return _again(_free(line).filter(_OF_SCOPE[ResendScope.ALL], sequence__gte=delivery.sequence), by)


@transaction.atomic
def resend_selected(*, rows: PartnerDeliveryQuerySet, by: User | None) -> Resent:
    """Send again those of the rows that are parked or failed before, and whose endpoint is called."""
    chosen = list(rows.values_list("pk", flat=True))
    failed = _free(PartnerDelivery.objects.filter(_FAILED, pk__in=chosen))
    integrations = PartnerIntegration.objects.filter(deliveries__in=failed).distinct().prefetch_related("endpoints")
    called = [Q(integration=integration, channel__in=_called(integration)) for integration in integrations]
    count = _again(failed.filter(reduce(or_, called)), by) if called else 0
    return Resent(count=count, left=len(chosen) - count)


def _called(integration: PartnerIntegration) -> list[str]:
    try:
        return channels_that_are_called(integration)
    except Refused:
        return []


def _checked(integration: PartnerIntegration, since: datetime, until: datetime, scope: str) -> PartnerDeliveryQuerySet:
    called = channels_that_are_called(integration)
    if until <= since:
        raise Malformed(_("The end must be later than the beginning."), code="range_empty")
    rows = PartnerDelivery.objects.filter(integration=integration, channel__in=called)
    chosen = _free(rows).filter(_OF_SCOPE[ResendScope(scope)])
    within = chosen.filter(queued_at__gte=since, queued_at__lte=until)
    if scope != ResendScope.ALL:
        return within
    earlier = within.filter(reference=OuterRef("reference"), channel=OuterRef("channel"), sequence__lte=OuterRef("sequence"))
    return chosen.filter(Exists(earlier))


def _free(rows: PartnerDeliveryQuerySet) -> PartnerDeliveryQuerySet:
    """Those that nobody is sending at this moment."""
    return rows.filter(Q(lease_until=None) | Q(lease_until__lt=clock.now()))


def _counted(rows: PartnerDeliveryQuerySet) -> int:
    count = rows.count()
    if count > MOST_AT_ONCE:
        raise Refused(
            _("These are %(count)s messages; at most %(most)s go again at once. Choose a shorter stretch of time.")
            % {"count": count, "most": MOST_AT_ONCE},
            code="too_many_messages",
            count=count,
        )
    return count


def _again(rows: PartnerDeliveryQuerySet, by: User | None) -> int:
    keys = list(rows.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
    count = put_back_in_line(PartnerDelivery.objects.filter(pk__in=keys), by)
    doorbell.ring_after_commit()
    return count
