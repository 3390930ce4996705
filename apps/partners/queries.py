"""Reads across the partners' tables."""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.catalog.models import Article
from apps.core.errors import NotFound, Refused
from apps.core.once import once_a_page
from apps.core.prepared import Prepared, any_of
from apps.core.records import RecordRef
from apps.orders.models import Order
from apps.partners.choices import DeliveryChannel, DeliveryState
from apps.partners.models import (
    DeliveryAttempt,
    EndpointHealth,
    PartnerDelivery,
    PartnerIntegration,
    PartnerMessage,
    PartnerOrderReference,
    PartnerOrderReferenceQuerySet,
    PartnerSku,
    PartnerStatusReport,
)
from apps.workflow import queries as workflow

CIRCUIT_OPENS_AFTER = 10


def _taking_in(user_id: UUID, **partner: Any) -> QuerySet[PartnerIntegration]:
    """A partner's integrations for a user who works for it, the one that takes orders in first."""
    of_partner = PartnerIntegration.objects.filter(partner_organization__memberships__user=user_id, **partner)
    named = of_partner.exclude(partner_organization__slug="").select_related("partner_organization", "business_entity")
    return named.order_by("-is_active", "-takes_orders", "pk")


_INTEGRATION_BY_KEY = Prepared(
    lambda key, user_id: _taking_in(user_id, partner_organization=key), samples=[UUID(int=1), UUID(int=2)]
)
_INTEGRATION_BY_SLUG = Prepared(
    lambda slug, user_id: _taking_in(user_id, partner_organization__slug=slug), samples=["-slug-", UUID(int=2)]
)


def integration_of(*, partner_id: str, by: User, takes_orders: bool = True) -> PartnerIntegration:
    """The active integration of a partner, for whoever belongs to that very partner.

    `partner_id` is the partner's short name or key. `takes_orders`: whether it must take orders in.

    Raises:
        NotFound: no such partner, or not theirs.
        Refused: its integration is not active.
    """
    found = None
    with suppress(ValueError):  # it is a short name
        found = _INTEGRATION_BY_KEY.first(UUID(partner_id), by.pk)
    found = found or _INTEGRATION_BY_SLUG.first(partner_id, by.pk)
    if found is None:
        raise NotFound
    if not found.is_active or (takes_orders and not found.takes_orders):
        raise Refused(_("This integration takes no orders now."), code="integration_not_active")
    return found


def orders_at_partner(integration: PartnerIntegration, *, is_test: bool | None) -> PartnerOrderReferenceQuerySet:
    """The partner's own orders, those that were removed aside. `is_test`: only such; None: both."""
    kept = Order.objects.kept() if is_test is None else Order.objects.kept().filter(is_test=is_test)
    references = PartnerOrderReference.objects.filter(partner_organization=integration.partner_organization_id)
    return references.filter(order__in=kept).select_related("order__business_entity")


@dataclass(frozen=True, kw_only=True)
class Told:
    """One thing that a partner was told, or answered, of its order."""

    status: str
    at: datetime
    reason: str
    sequence: int


def told_of(reference: PartnerOrderReference, integration: PartnerIntegration) -> list[Told]:
    """An order's way in the partner's words: each step for which it has another word than for the one before."""
    told: list[Told] = []
    for step in workflow.history(RecordRef(entity_type=Order.entity_type, entity_id=reference.order_id)):
        word = integration.outward_status(step.to_status)
        if word is not None and (not told or told[-1].status != word):
            told.append(Told(status=word, at=step.occurred_at, reason=step.transition_reason, sequence=step.sequence))
    return told


_SKUS = Prepared(
    lambda integration_id, skus: (
        PartnerSku.objects.filter(integration=integration_id, partner_sku__in=any_of(skus), article__is_active=True)
        .select_related("article")
        .order_by()
    ),
    samples=[UUID(int=1), ["-sku-"]],
)


def articles_of(integration_id: UUID, skus: set[str]) -> dict[str, Article]:
    """The active articles behind a partner's article numbers."""
    return {row.partner_sku: row.article for row in _SKUS.rows(integration_id, sorted(skus))}


class Endpoint(NamedTuple):
    """One of the addresses at which a partner hears of us."""

    integration_id: UUID
    channel: str


def endpoints_with_work(now: datetime) -> list[Endpoint]:
    """The endpoints that are called at this moment and have something due."""
    due = PartnerDelivery.objects.due(now).filter(integration=OuterRef("pk"))
    integrations = PartnerIntegration.objects.filter(is_active=True, sync_enabled=True).annotate(
        **{f"due_by_{channel}": Exists(due.filter(channel=channel)) for channel in DeliveryChannel.values}
    )
    shut = set(EndpointHealth.objects.shut(now).values_list("integration", "channel"))
    return [
        Endpoint(integration.pk, str(channel))
        for integration in integrations
        for channel in integration.channels
        if getattr(integration, f"due_by_{channel}") and (integration.pk, channel) not in shut
    ]


def failing_endpoints(among: Sequence[Endpoint]) -> set[Endpoint]:
    """Those that failed so often in a row that they are probed, not called."""
    rows = EndpointHealth.objects.filter(
        integration__in=[endpoint.integration_id for endpoint in among], consecutive_failures__gte=CIRCUIT_OPENS_AFTER
    )
    return {Endpoint(*found) for found in rows.values_list("integration", "channel")}


def attempts_since(integration: PartnerIntegration, since: datetime) -> dict[str, int]:
    """How many calls were made to an integration's endpoint, and how many of them failed."""
    calls = DeliveryAttempt.objects.filter(delivery__integration=integration, started_at__gte=since)
    return calls.aggregate(made=Count("pk"), failed=Count("pk", filter=~Q(error_code="")))


def last_failure(integration: PartnerIntegration) -> DeliveryAttempt | None:
    failures = DeliveryAttempt.objects.filter(delivery__integration=integration).exclude(error_code="")
    return failures.order_by("-started_at").first()


@once_a_page
def deliveries_of_orders(order_ids: Sequence[UUID]) -> dict[UUID, list[PartnerDelivery]]:
    """What partners were told, or are to be told, of each order."""
    found: dict[UUID, list[PartnerDelivery]] = defaultdict(list)
    rows = PartnerDelivery.objects.filter(reference__order__in=order_ids)
    for delivery in rows.select_related("reference", "integration").order_by("sequence"):
        found[delivery.reference.order_id].append(delivery)
    return found


def unmapped_fields(integration: PartnerIntegration, *, among: int = 200) -> dict[str, int]:
    """Fields of the latest messages that no rule of the mapping looks at, and how many messages held each."""
    counted: dict[str, int] = defaultdict(int)
    latest = PartnerMessage.objects.filter(reference__integration=integration).order_by("-received_at")
    for fields in latest.values_list("unmapped", flat=True)[:among]:
        for field in fields:
            counted[field] += 1
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def parked_count(integration: PartnerIntegration) -> int:
    return PartnerDelivery.objects.filter(integration=integration, state=DeliveryState.PARKED).count()


def last_delivered_at(integration: PartnerIntegration) -> datetime | None:
    arrived = PartnerDelivery.objects.filter(integration=integration, state=DeliveryState.DONE)
    return arrived.order_by("-delivered_at").values_list("delivered_at", flat=True).first()


def messages_of_orders(order_ids: Sequence[UUID]) -> list[PartnerMessage]:
    """What partners sent for each order, without the messages themselves."""
    rows = PartnerMessage.objects.filter(reference__order__in=order_ids).defer("payload")
    return list(rows.select_related("reference__partner_organization").order_by("received_at"))


def reports_of_orders(order_ids: Sequence[UUID]) -> list[PartnerStatusReport]:
    """What partners reported of each order."""
    rows = PartnerStatusReport.objects.filter(reference__order__in=order_ids)
    return list(rows.select_related("reference__partner_organization").order_by("received_at"))
