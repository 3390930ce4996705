"""What a person is to do next: the work of every app, in the order of what waiting costs."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from apps.accounts.services.put_off import put_off_by
from apps.core import clock
from apps.core.chips import euro
from apps.core.contributions import Viewer, WorkItem, contributions
from apps.organizations.models import BusinessEntity

SHOWN = 10
MOST_HIDDEN = 40  # of one person, beyond which what was put off pushes other work out of sight

SEVERITIES = {"info": 0.0, "warning": 25.0, "danger": 60.0}
OF_ONES_OWN = 40.0
AT_ITS_MOMENT = 100.0
PER_DAY_LATE, MOST_FOR_LATE = 10.0, 200.0
COMES_INTO_SIGHT = timedelta(hours=48)
WITHOUT_A_MOMENT = 30.0
FOR_MONEY = 25.0  # for each tenfold of a hundred euros
HUNDRED = Decimal(100)


def score(item: WorkItem, now: datetime) -> float:
    """How pressing it is: the more, the sooner. What waiting costs in time and in money, how bad it is, and whose it is.

    Time: 100 points at its moment, 10 more for each day after it (at most 200), and from two days before it less and less;
    30 where there is no moment. Money: 25 points for 900 EUR at risk and 25 for each tenfold, so that an amount ten times as
    large outweighs two and a half days. A danger counts 60, a warning 25; what is this person's own 40.
    """
    return _for_time(item.due_at, now) + _for_money(item.money_at_risk) + SEVERITIES[item.severity] + OF_ONES_OWN * item.is_mine


def _for_time(due_at: datetime | None, now: datetime) -> float:
    if due_at is None:
        return WITHOUT_A_MOMENT
    late = now - due_at
    if late >= timedelta(0):
        return AT_ITS_MOMENT + min(PER_DAY_LATE * (late / timedelta(days=1)), MOST_FOR_LATE)
    return AT_ITS_MOMENT * max(0.0, 1 + late / COMES_INTO_SIGHT)


def _for_money(amount: Decimal | None) -> float:
    return FOR_MONEY * math.log10(1 + float(max(amount or Decimal(0), Decimal(0)) / HUNDRED))


@dataclass(frozen=True, kw_only=True)
class Row:
    """A piece of work as the page shows it; `when` says in words when it was or is to be done."""

    item: WorkItem
    when: str
    is_late: bool
    money: str
    entity: BusinessEntity | None


def my_work(
    viewer: Viewer, entities: Mapping[UUID, BusinessEntity], *, is_hidden: bool = False, limit: int = SHOWN
) -> tuple[list[Row], int]:
    """The first things to do, and how many a person has put off; with `is_hidden` those that were."""
    now = clock.now()
    hidden = put_off_by(viewer.user)
    each = limit + min(len(hidden), MOST_HIDDEN)
    found = {item.key: item for provider in contributions.work for item in provider(viewer, each)}
    wanted = [item for item in found.values() if (item.key in hidden) is is_hidden]
    return [_row(item, entities, now) for item in ranked(wanted, now)[:limit]], sum(key in hidden for key in found)


def ranked(items: Sequence[WorkItem], now: datetime) -> list[WorkItem]:
    """The most pressing first; of equals always the same one."""
    return sorted(items, key=lambda item: (-score(item, now), item.key))


def tomorrow_morning() -> datetime:
    """When work that was put off comes back."""
    return datetime.combine(clock.today() + timedelta(days=1), time(6), tzinfo=clock.AMSTERDAM)


def _row(item: WorkItem, entities: Mapping[UUID, BusinessEntity], now: datetime) -> Row:
    is_late = item.due_at is not None and item.due_at < now
    return Row(
        item=item,
        when=_when(item.due_at, now) if item.due_at else "",
        is_late=is_late,
        money=euro(item.money_at_risk) if item.money_at_risk else "",
        entity=entities.get(item.business_entity) if item.business_entity else None,
    )


def _when(due_at: datetime, now: datetime) -> str:
    if due_at < now:
        return _("%(time)s late") % {"time": timesince(due_at, now, depth=1)}
    return _("in %(time)s") % {"time": timesince(now, due_at, depth=1)}
