"""How an integration is doing, as its page tells it: figures, a week of calls, the latest messages, keys, the last test."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q
from django.db.models.functions import TruncDate

from apps.accounts.models import ApiKey
from apps.audit.choices import AuditAction
from apps.audit.models import AuditLog
from apps.core import clock
from apps.gateway.choices import Direction
from apps.gateway.models import ApiUsageLog
from apps.orders.models import LineItem, Order
from apps.partners import queries
from apps.partners.choices import UNSETTLED, DeliveryState
from apps.partners.models import PartnerDelivery, PartnerIntegration, PartnerMessage

DAYS = 7
LOOKED_AT = 200
LISTED = 10
HEALTH_WINDOW = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True)
class Figures:
    """An integration in numbers, as of this moment. Without calls there is no rate."""

    calls: int
    failed: int
    orders_today: int
    orders_of_week: int
    waiting: int
    parked: int

    @property
    def success_rate(self) -> float | None:
        return 100 * (self.calls - self.failed) / self.calls if self.calls else None


@dataclass(frozen=True, kw_only=True)
class UnreadField:
    """A field that nothing looks at: in how many of the latest messages it stood, and the last of those."""

    name: str
    times: int
    message_id: UUID


@dataclass(frozen=True, kw_only=True)
class Day:
    """The calls of one Amsterdam day, by direction and outcome."""

    day: date
    counts: dict[str, int] = field(default_factory=lambda: {"in_ok": 0, "in_failed": 0, "out_ok": 0, "out_failed": 0})


def figures_of(integration: PartnerIntegration) -> Figures:
    calls = queries.attempts_since(integration, clock.now() - HEALTH_WINDOW)
    open_rows = PartnerDelivery.objects.filter(integration=integration, state__in=UNSETTLED)
    states = open_rows.aggregate(
        waiting=Count("pk", filter=Q(state=DeliveryState.TODO)), parked=Count("pk", filter=Q(state=DeliveryState.PARKED))
    )
    return Figures(
        calls=calls["made"],
        failed=calls["failed"],
        **states,
        **_orders_of(integration),
    )


def _orders_of(integration: PartnerIntegration) -> dict[str, int]:
    today = clock.day_bounds(clock.today())[0]
    first_day = clock.day_bounds(clock.today() - timedelta(days=DAYS - 1))[0]
    orders = Order.objects.filter(
        partner_organization=integration.partner_organization_id,
        created_at__gte=first_day,
        reference_at_partner__integration=integration,
    )
    return orders.aggregate(orders_today=Count("pk", filter=Q(created_at__gte=today)), orders_of_week=Count("pk"))


def week_of(integration: PartnerIntegration) -> list[Day]:
    """The calls of the last seven days in both directions, today last."""
    days = [clock.today() - timedelta(days=ago) for ago in reversed(range(DAYS))]
    week = {day: Day(day=day) for day in days}
    calls = _calls_of(integration).filter(occurred_at__gte=clock.day_bounds(days[0])[0])
    is_ok = Q(error_code="") & Q(response_status__lt=400)
    per_day = calls.annotate(day=TruncDate("occurred_at", tzinfo=clock.AMSTERDAM)).order_by().values("day", "direction")
    for row in per_day.annotate(ok=Count("pk", filter=is_ok), failed=Count("pk", filter=~is_ok | Q(response_status=None))):
        if row["day"] in week:
            counts = week[row["day"]].counts
            counts[f"{row['direction']}_ok"], counts[f"{row['direction']}_failed"] = row["ok"], row["failed"]
    return list(week.values())


def refused_calls(integration: PartnerIntegration) -> list[ApiUsageLog]:
    """The latest calls of the partner that were refused."""
    calls = _calls_of(integration).filter(direction=Direction.IN, response_status__gte=400)
    return list(calls.order_by("-occurred_at")[:LISTED])


def latest_deliveries(integration: PartnerIntegration) -> list[PartnerDelivery]:
    rows = PartnerDelivery.objects.filter(integration=integration).select_related("reference")
    return list(rows.order_by("-queued_at", "-sequence")[:LISTED])


def keys_of(integration: PartnerIntegration) -> list[ApiKey]:
    """The keys with which the partner comes in now."""
    keys = ApiKey.objects.usable().filter(user__memberships__organization=integration.partner_organization_id)
    return list(keys.distinct().order_by("-is_live", "-created_at"))


def last_test(integration: PartnerIntegration) -> AuditLog | None:
    """The latest test message to the endpoint, as the audit log tells it."""
    acts = AuditLog.objects.filter(root_id=str(integration.pk), table_name=integration.entity_type, action=AuditAction.TEST)
    return acts.order_by("-id").first()


def latest_orders(integration: PartnerIntegration, *, most: int = LOOKED_AT) -> list[UUID]:
    """The partner's latest orders by this integration, newest first; found by the partner's index, however many there are."""
    orders = Order.objects.filter(
        partner_organization=integration.partner_organization_id, reference_at_partner__integration=integration
    )
    return list(orders.order_by("-created_at").values_list("pk", flat=True)[:most])


def unmapped_fields(integration: PartnerIntegration) -> list[UnreadField]:
    """Fields of the latest messages that nothing looks at, the most frequent first."""
    messages = PartnerMessage.objects.filter(reference__order__in=latest_orders(integration)).defer("payload")
    found: dict[str, UnreadField] = {}
    for message in messages.order_by("received_at"):
        for name in message.unmapped:
            times = found[name].times if name in found else 0
            found[name] = UnreadField(name=name, times=times + 1, message_id=message.pk)
    return sorted(found.values(), key=lambda field: (-field.times, field.name))


def unknown_skus(integration: PartnerIntegration) -> list[str]:
    """Article numbers in the partner's latest orders that stand for no article of ours."""
    lines = LineItem.objects.filter(order__in=latest_orders(integration), article=None).exclude(partner_sku="")
    known = set(integration.skus.values_list("partner_sku", flat=True))
    return sorted(set(lines.values_list("partner_sku", flat=True)) - known)


def _calls_of(integration: PartnerIntegration) -> Any:
    return ApiUsageLog.objects.filter(
        integration=integration.integration_name, organization_id=integration.partner_organization_id
    )
