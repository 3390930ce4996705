"""What staff may do with a message that did not arrive."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import clock
from apps.core.errors import Conflict, Refused
from apps.partners.choices import DeliveryState
from apps.partners.doorbell import doorbell
from apps.partners.models import PartnerDelivery, PartnerDeliveryQuerySet, PartnerIntegration


@transaction.atomic
def resend_delivery(*, delivery: PartnerDelivery, by: User | None) -> PartnerDelivery:
    """Send a parked message again, with all attempts before it. Later messages of the order follow it.

    Raises:
        Conflict: it is not parked (any more).
        Refused: the endpoint is switched off.
    """
    locked = _locked(delivery)
    if locked.state != DeliveryState.PARKED:
        raise Conflict(_("Only a parked message is sent again."), code="delivery_not_parked")
    _refuse_where_nothing_is_sent(locked.integration, locked.channel)
    put_back_in_line(PartnerDelivery.objects.filter(pk=locked.pk), by)
    doorbell.ring_after_commit()
    return _locked(delivery)


@transaction.atomic
def skip_delivery(*, delivery: PartnerDelivery, reason: str, by: User | None) -> PartnerDelivery:
    """Give up a message, so that the later ones of its order go on.

    Raises:
        Conflict: it arrived already, was skipped, or is being sent at this moment.
    """
    locked = _locked(delivery)
    being_sent = locked.lease_until is not None and locked.lease_until >= clock.now()
    if locked.state not in (DeliveryState.TODO, DeliveryState.PARKED) or being_sent:
        raise Conflict(_("Only a message that waits or is parked is skipped."), code="delivery_not_open")
    locked.state = DeliveryState.SKIPPED
    locked.lease_until = locked.lease_by = None
    locked.settled_by, locked.settled_reason = _name(by), reason
    locked.save()
    doorbell.ring_after_commit()
    return locked


@transaction.atomic
def resend_parked(*, integration: PartnerIntegration, by: User | None) -> int:
    """Send every parked message of an integration again, those for an endpoint that is switched off aside; gives how many.

    Raises:
        Refused: every endpoint is switched off.
    """
    parked = PartnerDelivery.objects.filter(integration=integration, state=DeliveryState.PARKED)
    count = put_back_in_line(parked.filter(channel__in=channels_that_are_called(integration)), by)
    doorbell.ring_after_commit()
    return count


def put_back_in_line(rows: PartnerDeliveryQuerySet, by: User | None) -> int:
    """Have rows that nobody is sending sent again, with all attempts before them; gives how many."""
    return rows.update(
        state=DeliveryState.TODO,
        attempts=0,
        next_attempt_at=clock.now(),
        delivered_at=None,
        lease_until=None,
        lease_by=None,
        settled_by=_name(by),
    )


def _locked(delivery: PartnerDelivery) -> PartnerDelivery:
    rows = PartnerDelivery.objects.select_related("integration").select_for_update(of=("self",))
    return rows.get(pk=delivery.pk)


def channels_that_are_called(integration: PartnerIntegration) -> list[str]:
    """The ways by which something that is queued for an integration is sent now.

    Raises:
        Refused: there is none: it is paused, or its endpoints are gone.
    """
    gone = {endpoint.channel for endpoint in integration.endpoints.all() if endpoint.gone_at}
    called = [str(channel) for channel in integration.channels if channel not in gone]
    if not integration.is_sending or not called:
        raise _nothing_is_sent()
    return called


def _refuse_where_nothing_is_sent(integration: PartnerIntegration, channel: str) -> None:
    if channel not in channels_that_are_called(integration):
        raise _nothing_is_sent()


def _nothing_is_sent() -> Refused:
    return Refused(_("This integration sends nothing now: switch it on, or reopen its endpoint."), code="endpoint_disabled")


def _name(by: User | None) -> str:
    return str(by)[:200] if by else ""
