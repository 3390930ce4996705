"""Who stands in the channel of an order, and what was agreed with each of them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from apps.core.money import ZERO
from apps.finance.choices import CommissionMethod
from apps.finance.models import CommissionRule
from apps.finance.models.commission import LEVELS
from apps.orders.choices import Relationship
from apps.orders.models import Order
from apps.organizations.models import BusinessEntity, Organization


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """What somebody earns: agreed with it, or with an organization above it."""

    agreed_with: Organization
    rule: CommissionRule | None
    method: str
    rate: Decimal | None
    fixed_amount: Decimal | None
    tiers: list[dict[str, Any]]
    max_per_order: Decimal | None
    auto_approve_below: Decimal


def channel_of(order: Order) -> list[Organization]:
    """The organizations through which an order came, the one closest to the customer first: its place is its level."""
    dealers = order.other_organizations.filter(relationship_type=Relationship.DEALER).select_related("organization")
    found = [each.organization for each in dealers.order_by("created_at", "pk")]
    if order.partner_organization is not None:
        found += line_upward(order.partner_organization)
    if order.root_organization is not None:
        found.append(order.root_organization)
    return list(dict.fromkeys(found))[: LEVELS[1]]


def line_upward(organization: Organization) -> list[Organization]:
    """An organization and those that it is a part of; a tree that was made circular by hand ends all the same."""
    line = [organization]
    while len(line) < LEVELS[1] and line[-1].parent_organization is not None and line[-1].parent_organization not in line:
        line.append(line[-1].parent_organization)
    return line


def agreement_with(organization: Organization, *, level: int, business_entity: BusinessEntity, on: date) -> Agreement | None:
    """What an organization at a level gets on a day: by its own agreement or rate, else by the nearest one above it.

    The rate that stands with an organization itself is that of who brings the order, level 1.
    """
    line = line_upward(organization)
    rules: dict[Any, CommissionRule] = {}
    for rule in CommissionRule.objects.in_force(on=on, business_entity=business_entity).filter(
        organization__in=line, level=level
    ):
        rules.setdefault(rule.organization_id, rule)
    for each in line:
        if each.pk in rules:
            return _by_rule(each, rules[each.pk])
        if level == LEVELS[0] and each.commission_rate is not None:
            return _by_rate(each, each.commission_rate)
    return None


def _by_rule(agreed_with: Organization, rule: CommissionRule) -> Agreement:
    return Agreement(
        agreed_with=agreed_with,
        rule=rule,
        method=rule.method,
        rate=rule.rate,
        fixed_amount=rule.fixed_amount,
        tiers=rule.tiers,
        max_per_order=rule.max_per_order,
        auto_approve_below=rule.auto_approve_below,
    )


def _by_rate(agreed_with: Organization, rate: Decimal) -> Agreement:
    return Agreement(
        agreed_with=agreed_with,
        rule=None,
        method=CommissionMethod.PERCENTAGE,
        rate=rate,
        fixed_amount=None,
        tiers=[],
        max_per_order=None,
        auto_approve_below=ZERO,
    )
