"""What made a figure move between two periods: the companies, the partners, the largest records."""

from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from apps.core import clock
from apps.core.chips import admin_url
from apps.core.errors import Text
from apps.organizations.models import BusinessEntity, Organization
from apps.reporting.figures.figure import Figure, Unit
from apps.reporting.figures.periods import Period
from apps.reporting.figures.reading import Measure, by_key, read
from apps.reporting.figures.scopes import Scope

MOST = 3
ENTITY, PARTNER, RECORD = "entity", "partner", "record"


@dataclass(frozen=True, kw_only=True)
class Mover:
    """Who or what moved a figure, and by how much, in the figure's unit."""

    kind: str
    label: Text
    change: Decimal
    url: str


def movers(figure: Figure, scope: Scope, period: Period, other: Period) -> list[Mover]:
    """Those that changed most from the other period to this one, the largest change first, of each kind a few.

    Companies where more than one counts, partners where the figure is kept per partner, and of an amount the largest rows of
    the period. Of how things stand now there is no former period, and of a share no parts.
    """
    if figure.is_now or figure.unit not in (Unit.NUMBER, Unit.EUR) or not figure.is_for(scope.user):
        return []
    found = _records(figure, scope, period)
    if len(scope.entities) > 1:
        found += _companies(figure, scope, period, other)
    if figure.partner_measure:
        found += _partners(figure, scope, period, other)
    return sorted(found, key=lambda mover: -abs(mover.change))


def _companies(figure: Figure, scope: Scope, period: Period, other: Period) -> list[Mover]:
    today = clock.today()
    names = dict(BusinessEntity.objects.filter(pk__in=scope.entities).values_list("pk", "entity_name"))
    answers = read([*figure.asks(period, today), *figure.asks(other, today)], scope.entities)
    changes = {}
    for entity in scope.entities:
        own = {ask: [each for each in sums if each.entity == entity] for ask, sums in answers.items()}
        changes[entity] = Decimal(figure.of(own, period, today) or 0) - Decimal(figure.of(own, other, today) or 0)
    return [
        Mover(kind=ENTITY, label=names[entity], change=changed, url=figure.rows_url(scope.narrowed(entity), period))
        for entity, changed in _largest(changes)
    ]


def _partners(figure: Figure, scope: Scope, period: Period, other: Period) -> list[Mover]:
    today = clock.today()
    per_partner = replace(figure, measures=(Measure(figure.partner_measure, by_key=True),))
    asks = [per_partner.asks(each, today)[0] for each in (period, other)]
    answers = read(asks, scope.entities)
    changes: dict[UUID, Decimal] = defaultdict(Decimal)
    for ask, sign in zip(asks, (1, -1), strict=True):
        for key, sums in by_key(answers[ask]).items():
            changes[UUID(key)] += sign * Decimal(figure.work_out(sums) or 0)
    largest = _largest(changes)
    partners = Organization.objects.in_bulk([key for key, _changed in largest])
    return [
        Mover(kind=PARTNER, label=partners[key].name, change=changed, url=admin_url(partners[key])) for key, changed in largest
    ]


def _records(figure: Figure, scope: Scope, period: Period) -> list[Mover]:
    if not figure.column:
        return []
    rows = figure.rows(scope, period).order_by(f"-{figure.column}")[:MOST]
    return [
        Mover(kind=RECORD, label=str(row), change=getattr(row, figure.column), url=admin_url(row))
        for row in rows
        if getattr(row, figure.column)
    ]


def _largest(changes: dict[UUID, Decimal]) -> list[tuple[UUID, Decimal]]:
    moved = [(key, changed) for key, changed in changes.items() if changed]
    return sorted(moved, key=lambda pair: (-abs(pair[1]), str(pair[0])))[:MOST]
